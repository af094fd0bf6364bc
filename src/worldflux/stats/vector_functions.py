"""The functions that a vectors file can name, each with the inputs that it needs and the function of ours."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, cast

from worldflux.stats.intervals import Bounds, Method

Inputs = Mapping[str, Any]
IsValid = Callable[[Any], bool]


class VectorFunction(NamedTuple):
    """What a function of a vectors file needs, and how we compute it."""

    inputs: Mapping[str, IsValid]
    compute: Callable[[Inputs], Any]


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _is_error(value: Any) -> bool:
    return _is_number(value) and 0 < value < 1


def _is_bits(value: Any) -> bool:
    return isinstance(value, str) and value != "" and set(value) <= {"0", "1"}


def _are_numbers(value: Any) -> bool:
    return isinstance(value, list) and value != [] and all(map(_is_number, value))


def _is_pair(value: Any) -> bool:
    return _are_numbers(value) and len(value) == 2


def _is_table(value: Any) -> bool:
    rows = isinstance(value, list) and len(value) == 2 and all(isinstance(row, list) and len(row) == 2 for row in value)
    return rows and all(_is_count(cell) for row in value for cell in row)


def _is_sidedness(value: Any) -> bool:
    return value in (1, 2) and _is_count(value)


_OF_RATE: Final = {"k": _is_count, "n": _is_count, "alpha": _is_error}
_TESTED_RATE: Final = {"k": _is_count, "n": _is_count, "p0": _is_number}
_TWO_ARMS: Final = {"k1": _is_count, "n1": _is_count, "k2": _is_count, "n2": _is_count}


def _confidence(given: Inputs) -> float:
    return float(1 - given.get("alpha", 0.05))


def _interval(method: Method) -> VectorFunction:
    def compute(given: Inputs) -> list[float]:
        from worldflux.stats.intervals import interval

        # One-sided limits are those of the two-sided interval with twice the error.
        confidence = 1 - given["alpha"] * (2 if given["sided"] == 1 else 1)
        return list(interval(given["k"], given["n"], method=method, confidence=confidence))

    return VectorFunction({**_OF_RATE, "sided": _is_sidedness}, compute)


def _lower_bound(method: Method) -> VectorFunction:
    def compute(given: Inputs) -> float:
        from worldflux.stats.intervals import interval

        return interval(given["k"], given["n"], method=method, confidence=_confidence(given), sided="lower").lower

    return VectorFunction(_OF_RATE, compute)


def _rate_test(method: str) -> VectorFunction:
    def compute(given: Inputs) -> float:
        from worldflux.stats.exact_tests import rate_test

        return rate_test(given["k"], given["n"], given["p0"], alternative="greater", method=cast(Any, method)).p_value

    return VectorFunction(_TESTED_RATE, compute)


def _table_test(name: str, alternative: str) -> VectorFunction:
    """A test of a 2x2 table with the arms as columns: successes above, failures below."""

    def compute(given: Inputs) -> float:
        from worldflux.stats import two_sample

        (k1, k2), (f1, f2) = given["table"]
        test = getattr(two_sample, name)
        return float(test(k1, k1 + f1, k2, k2 + f2, alternative=alternative).p_value)

    return VectorFunction({"table": _is_table}, compute)


def _difference(name: str) -> VectorFunction:
    def compute(given: Inputs) -> list[float]:
        from worldflux.stats import two_sample

        bounds: Bounds = getattr(two_sample, name)(*_arms(given), confidence=_confidence(given))
        return list(bounds)

    return VectorFunction({**_TWO_ARMS, "alpha": _is_error}, compute)


def _arms(given: Inputs) -> tuple[int, int, int, int]:
    return given["k1"], given["n1"], given["k2"], given["n2"]


def _non_inferiority(given: Inputs) -> dict[str, float | None]:
    from worldflux.stats.two_sample import non_inferiority

    result = non_inferiority(*_arms(given), margin=given["margin"])
    return {"z": result.statistic, "p": result.p_value}


def _mcnemar(*, mid_p: bool) -> VectorFunction:
    def compute(given: Inputs) -> float:
        from worldflux.stats.pairs import mcnemar

        return mcnemar(given["b"], given["c"], mid_p=mid_p).p_value

    return VectorFunction({"b": _is_count, "c": _is_count}, compute)


def _adjustment(name: str) -> VectorFunction:
    def compute(given: Inputs) -> list[float]:
        from worldflux.stats import multiplicity

        return list(getattr(multiplicity, name)(given["p"]))

    return VectorFunction({"p": _are_numbers}, compute)


def _log_e_value(given: Inputs) -> float:
    from worldflux.stats.sequential import log_e_above

    return log_e_above(given["k"], given["n"], given["p0"], prior=_prior(given))


def _confidence_sequence(given: Inputs) -> list[float]:
    from worldflux.stats.sequential import confidence_sequence

    return list(confidence_sequence(given["k"], given["n"], confidence=_confidence(given), prior=_prior(given)))


def _prior(given: Inputs) -> tuple[float, float]:
    first, second = given["prior"]
    return float(first), float(second)


def _betting(name: str) -> VectorFunction:
    def compute(given: Inputs) -> list[float]:
        from worldflux.stats import bounded_means

        return list(getattr(bounded_means, name)(_outcomes(given["x"]), confidence=_confidence(given)))

    return VectorFunction({"x": _is_bits, "alpha": _is_error}, compute)


def _outcomes(bits: str) -> list[float]:
    return [float(bit) for bit in bits]


def _prediction_powered(given: Inputs) -> dict[str, Any]:
    from worldflux.stats.prediction_powered import ppi_mean

    samples = [_outcomes(given[name]) for name in ("Y", "f_labeled", "f_unlabeled")]
    result = ppi_mean(*samples, confidence=_confidence(given), lam=given.get("lam"))
    return {"est": result.estimate, "ci": [result.lower, result.upper], "lam": result.lam}


_SAMPLES: Final = {"Y": _is_bits, "f_labeled": _is_bits, "f_unlabeled": _is_bits, "alpha": _is_error}


def _bootstrap(given: Inputs) -> list[float]:
    from worldflux.stats.resampling import bca

    return list(bca(given["x"], confidence=_confidence(given), resamples=given["B"], seed=0))


FUNCTIONS: Final[Mapping[str, VectorFunction]] = {
    "wilson": _interval("wilson"),
    "clopper_pearson": _interval("clopper_pearson"),
    "jeffreys": _interval("jeffreys"),
    "agresti_coull": _interval("agresti_coull"),
    "wilson_lower_one_sided": _lower_bound("wilson"),
    "clopper_pearson_lower_one_sided": _lower_bound("clopper_pearson"),
    "binom_test_greater": _rate_test("exact"),
    "score_test_greater": _rate_test("score"),
    "e_value_beta_mixture_one_sided_p_le_p0": VectorFunction({**_TESTED_RATE, "prior": _is_pair}, _log_e_value),
    "bernoulli_cs_beta_mixture": VectorFunction({**_OF_RATE, "prior": _is_pair}, _confidence_sequence),
    "newcombe_diff": _difference("newcombe"),
    "miettinen_nurminen_diff": _difference("miettinen_nurminen"),
    "farrington_manning_ni_z": VectorFunction({**_TWO_ARMS, "margin": _is_number}, _non_inferiority),
    "barnard_greater": _table_test("barnard", "greater"),
    "barnard_less": _table_test("barnard", "less"),
    "barnard_two_sided": _table_test("barnard", "two-sided"),
    "boschloo_greater": _table_test("boschloo", "greater"),
    "fisher_greater": _table_test("fisher", "greater"),
    "mcnemar_exact": _mcnemar(mid_p=False),
    "mcnemar_midp": _mcnemar(mid_p=True),
    "adjust_holm": _adjustment("holm"),
    "adjust_fdr_bh": _adjustment("benjamini_hochberg"),
    "adjust_bonferroni": _adjustment("bonferroni"),
    "betting_hedged_cs_last": _betting("betting_sequence"),
    "betting_ci_fixed_n": _betting("betting_interval"),
    "ppi_mean_lam1": VectorFunction({**_SAMPLES, "lam": _is_number}, _prediction_powered),
    "ppi_pp_mean": VectorFunction(_SAMPLES, _prediction_powered),
    "bootstrap_bca_mean": VectorFunction({"x": _are_numbers, "B": _is_count}, _bootstrap),
}
"""Name in a vectors file -> ours. Optional inputs: `alpha` (0.05), `lam` (tuned)."""
