"""Profiles: every problem at once, words that were nearly right, and what is left open."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args, get_type_hints

import msgspec
import pytest
from hypothesis import given as for_any
from hypothesis import strategies as st

from tests.support import REPO
from tests.worldflux.portfolio.profile_flags import VALUE, write_profile
from worldbase import document
from worldbase.errors import InputError
from worldflux.documents.profile import EvalProfile, TrainingExposure
from worldflux.portfolio import profile_drafting, profile_text
from worldflux.portfolio.profile_drafting import Given, drafted, with_flags
from worldflux.portfolio.profile_fields import EXPOSURE, FIELDS, ProfileField, value_at
from worldflux.portfolio.profile_weaknesses import weaknesses
from worldflux.portfolio.vocabularies import MEANINGS

WORDED = [row for row in FIELDS if row.words]
STAMPS = {"schema_version", "visibility", "created_at"}


def by_path(row: ProfileField) -> str:
    return row.path


def refused(value: dict[str, Any], file: str = "") -> InputError:
    with pytest.raises(InputError) as caught:
        drafted(Given(value, file))
    return caught.value


def changed(path: str, entry: Any) -> dict[str, Any]:
    """The specified profile with one field changed, or, with None, without it."""
    value: dict[str, Any] = json.loads(json.dumps(VALUE))
    first, _, rest = path.partition(".")
    owner, name = (value[first], rest) if rest else (value, first)
    owner[name] = entry
    if entry is None:
        del owner[name]
    return value


def profile_of(**changes: Any) -> EvalProfile:
    return msgspec.convert({**VALUE, **changes}, EvalProfile, strict=True)


class TestFields:
    def test_they_are_those_of_the_document(self) -> None:
        own = {row.path for row in FIELDS if "." not in row.path}
        nested = {row.path.partition(".")[2] for row in FIELDS if "." in row.path}
        assert own | STAMPS | {EXPOSURE} == set(get_type_hints(EvalProfile)) - {"schema_name", "shown_by"}
        assert nested == set(get_type_hints(TrainingExposure))

    def test_what_may_be_left_out_has_a_default_or_is_optional(self) -> None:
        bare = {row.path: value_at(VALUE, row.path) for row in FIELDS if row.needed}
        assert drafted(Given(bare)).reviewer_next_actions == []

    @pytest.mark.parametrize("row", WORDED, ids=by_path)
    def test_every_word_has_a_meaning(self, row: ProfileField) -> None:
        assert list(MEANINGS[row.path]) == list(row.words) == list(get_args(row.annotation))

    def test_every_meaning_belongs_to_a_field(self) -> None:
        assert {row.path for row in WORDED} == set(MEANINGS)


class TestWords:
    @pytest.mark.parametrize("row", WORDED, ids=by_path)
    def test_each_word_is_taken(self, row: ProfileField) -> None:
        for word in row.words:
            assert getattr(drafted(Given(changed(row.path, word))), row.path) == word

    @pytest.mark.parametrize("row", WORDED, ids=by_path)
    def test_a_word_that_is_nearly_right_is_answered_with_the_right_one(self, row: ProfileField) -> None:
        word = max(row.words, key=len)
        for slip in (word[:-1], word.upper(), word.replace("_", "-") + "s"):
            error = refused(changed(row.path, slip))
            assert error.code == "profile.value"
            assert f"did you mean {word!r}?" in error.message

    def test_a_word_that_is_far_off_gets_the_list_only(self) -> None:
        error = refused(changed("camera_topology", "zzz"))
        assert error.message == "'zzz' is not one of static, wrist, static_and_wrist, multi_static, mobile, none"

    @pytest.mark.parametrize("value", [3, ["static"], {"a": 1}, True])
    def test_what_is_no_text_is_no_word(self, value: Any) -> None:
        assert "is not one of" in refused(changed("camera_topology", value)).message


class TestNames:
    @pytest.mark.parametrize("name", ["libreo", "librero", "liber", "simpler-evn", "robotwni", "Manyskill"])
    def test_a_simulator_that_is_nearly_known_is_refused(self, name: str) -> None:
        error = refused(changed("simulator_family", name))
        assert error.code == "profile.unknown_name"
        assert "did you mean" in error.message

    @pytest.mark.parametrize(
        "name",
        ["libero", "LIBERO", "simpler_env", "maniskill3", "robotwin-3", "libero-x", "my-own-sim", "custom-libreo"],
    )
    def test_a_known_one_a_version_a_fork_and_one_of_ones_own_are_taken(self, name: str) -> None:
        assert drafted(Given(changed("simulator_family", name))).simulator_family == name

    def test_a_benchmark_of_the_training_set_that_is_nearly_known_is_refused(self) -> None:
        error = refused(changed("training_exposure.possible_benchmark_families", ["bridge_data", "librero"]))
        assert (error.code, error.message) == ("profile.unknown_name", "nobody knows 'librero'; did you mean 'libero'?")


class TestValues:
    @pytest.mark.parametrize(
        ("path", "value", "said"),
        [
            ("degrees_of_freedom", 0, "0 is not a whole number from 1 to 256"),
            ("degrees_of_freedom", 257, "not a whole number"),
            ("degrees_of_freedom", 6.5, "not a whole number"),
            ("degrees_of_freedom", True, "not a whole number"),
            ("control_frequency_hz", 0, "0 is not a number above 0"),
            ("control_frequency_hz", float("nan"), "not a number above 0"),
            ("control_frequency_hz", "20", "not a number above 0"),
            ("language_input", "yes", "neither true nor false"),
            ("id", "two words", "is no name"),
            ("id", "-first", "is no name"),
            ("policy_id", "x" * 201, "is no name"),
            ("policy_id", "line\n", "is no name"),
            ("robot_model", "r" * 401, "length <= 400"),
            ("robot_model", ["franka"], "`str`, got `array`".replace("`", "")),
            ("action_spaces", "delta_pose", "array, got str"),
            ("action_spaces", ["a", "a"], "'a' is given twice"),
            ("action_spaces", [""], "length >= 1"),
        ],
    )
    def test_a_value_that_cannot_be(self, path: str, value: Any, said: str) -> None:
        error = refused(changed(path, value), "p.json")
        assert error.code == "profile.value"
        assert said in error.message
        assert str(error.where) == f"p.json at /{path}"

    def test_every_problem_is_told_at_once_and_with_its_flag(self) -> None:
        flags = {"id": "a b", "degrees_of_freedom": "six", "camera_topology": "statc", "action_spaces": ["x", "x"]}
        with pytest.raises(InputError) as caught:
            drafted(with_flags(Given({}), flags))
        told = {problem.where.file: problem.code for problem in caught.value.problems}
        needed = {row.flag for row in FIELDS if row.needed and row.path not in flags} - {"--language-input"}
        assert {flag for flag, code in told.items() if code == "profile.needed"} == needed
        assert {flag for flag, code in told.items() if code == "profile.value"} == {
            "--profile-id",
            "--degrees-of-freedom",
            "--camera-topology",
            "--action-space",
        }

    @pytest.mark.parametrize("row", [row for row in FIELDS if row.needed and row.kind != "switch"], ids=by_path)
    def test_what_is_needed_is_needed(self, row: ProfileField) -> None:
        nothing: Any
        for nothing in (None, "", []):
            error = refused(changed(row.path, nothing))
            assert (error.code, str(error.where)) == ("profile.needed", row.flag)

    @pytest.mark.parametrize(
        ("path", "value"),
        [
            ("use_case", "demo in /home/anna/robot"),
            ("claim_intent", "as agreed with anna@example.org"),
            ("checkpoint_uri", "/mnt/data/checkpoints/7"),
            ("action_spaces", ["delta_pose", "see gpu01.lab.internal"]),
            ("training_exposure.caveats", ["token hf_abcdefghijklmnopqrstuvwxyzABCDEFGH"]),
        ],
    )
    def test_private_content_is_refused(self, path: str, value: Any) -> None:
        assert refused(changed(path, value)).code == "profile.private_content"

    def test_an_unknown_field_is_answered_with_the_known_one(self) -> None:
        error = refused({**VALUE, "robot_modle": "x"}, "p.json")
        assert error.code == "profile.unknown_field"
        assert "did you mean 'robot_model'?" in error.message
        exposure = {**VALUE["training_exposure"], "caveat": []}
        assert "did you mean 'caveats'?" in refused({**VALUE, "training_exposure": exposure}, "p.json").message

    def test_it_stays_private(self) -> None:
        error = refused({**VALUE, "visibility": "PUBLIC"}, "p.json")
        assert (error.code, error.message) == ("profile.value", "'PUBLIC' is not LOCAL_PRIVATE")

    def test_another_document_is_named_as_such(self) -> None:
        assert refused({"schema_version": "worldflux.claim.v0_draft"}, "claim.json").code == "document.kind"
        assert refused({"schema_version": 7}, "claim.json").code == "document.kind"

    def test_exposure_that_is_no_object(self) -> None:
        assert refused({**VALUE, "training_exposure": "libero"}, "p.json").code == "profile.value"


class TestFlagsOverAFile:
    def test_flags_go_before_the_file_and_lists_are_replaced(self) -> None:
        known = with_flags(Given(VALUE, "p.json"), {"action_spaces": ["joints"], "training_exposure.caveats": ["new"]})
        profile = drafted(known)
        assert profile.action_spaces == ["joints"]
        assert profile.training_exposure.caveats == ["new"]
        assert profile.training_exposure.possible_benchmark_families == ["libero"]
        assert VALUE["action_spaces"] != ["joints"], "the file's value is not changed in place"

    def test_each_problem_is_told_where_it_came_from(self) -> None:
        file = Given({**changed("robot_model", None), "camera_topology": "statc"}, "p.json")
        with pytest.raises(InputError) as caught:
            drafted(with_flags(file, {"gripper_control": "binry"}))
        assert {str(problem.where) for problem in caught.value.problems} == {
            "--robot-model",
            "p.json at /camera_topology",
            "--gripper-control",
        }

    @pytest.mark.parametrize("typed", ["6", "+6", "06"])
    def test_a_whole_number_is_read_as_typed(self, typed: str) -> None:
        assert drafted(with_flags(Given(VALUE), {"degrees_of_freedom": typed})).degrees_of_freedom == 6

    @pytest.mark.parametrize("typed", ["six", "6.0", "1_0", "\u0666", "", "9" * 5000])
    def test_what_is_no_whole_number_is_refused(self, typed: str) -> None:
        with pytest.raises(InputError):
            drafted(with_flags(Given(VALUE), {"degrees_of_freedom": typed}))

    @pytest.mark.parametrize(("typed", "read"), [("20", 20.0), ("12.5", 12.5), (".5", 0.5), ("1e2", 100.0)])
    def test_a_frequency_is_read_as_typed(self, typed: str, read: float) -> None:
        assert drafted(with_flags(Given(VALUE), {"control_frequency_hz": typed})).control_frequency_hz == read

    @pytest.mark.parametrize("typed", ["nan", "inf", "20hz", "1e9", "-1"])
    def test_what_is_no_frequency_is_refused(self, typed: str) -> None:
        with pytest.raises(InputError):
            drafted(with_flags(Given(VALUE), {"control_frequency_hz": typed}))


class TestLoad:
    def test_a_profile_and_its_digest_come_back(self, tmp_path: Path) -> None:
        loaded = profile_drafting.load(write_profile(tmp_path / "profile.json"))
        assert loaded.value == VALUE
        again = document.parse(document.dump(loaded.document), EvalProfile)
        assert (again.document, again.digest) == (loaded.document, loaded.digest)

    def test_problems_of_a_file_have_pointers_also_where_something_is_missing(self, tmp_path: Path) -> None:
        path = write_profile(tmp_path / "profile.json", robot_model=None, camera_topology="statc")
        with pytest.raises(InputError) as caught:
            profile_drafting.load(path)
        assert [str(problem.where) for problem in caught.value.problems] == [
            "profile.json at /robot_model",
            "profile.json at /camera_topology",
        ]

    @pytest.mark.parametrize("text", ["[]", "7", '"x"', "null", '{"schema_version": "other"}', "{}"])
    def test_what_is_no_profile_is_refused(self, text: str, tmp_path: Path) -> None:
        path = tmp_path / "profile.json"
        path.write_text(text)
        with pytest.raises(InputError):
            profile_drafting.load(path)

    def test_a_stamp_that_is_missing_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(InputError) as caught:
            profile_drafting.load(write_profile(tmp_path / "profile.json", created_at=None))
        assert "created_at" in str(caught.value.problems)

    def test_the_published_example_is_the_specified_profile(self) -> None:
        assert profile_drafting.load(REPO / "examples" / "eval-profile.json").value == VALUE


ENTRIES = st.text(min_size=1, max_size=30, alphabet=st.characters(codec="utf-8"))


class TestTheEditorsText:
    def test_an_empty_template_asks_for_everything_that_is_needed(self) -> None:
        known = profile_text.parse(profile_text.template({}).encode(), file="t")
        error = refused(known.value)
        asked = {problem.where.file for problem in error.problems if problem.code == "profile.needed"}
        assert asked == {row.flag for row in FIELDS if row.needed} - {"--language-input"}
        assert {problem.code for problem in error.problems} == {"profile.needed"}

    def test_a_whole_profile_comes_back(self) -> None:
        known = profile_text.parse(profile_text.template(VALUE).encode(), file="t")
        assert known.value == {name: value for name, value in VALUE.items() if name not in STAMPS}

    @for_any(text=ENTRIES, entries=st.lists(ENTRIES, max_size=3), number=st.floats(allow_nan=False))
    def test_any_value_comes_back(self, text: str, entries: list[str], number: float) -> None:
        value = {"use_case": text, "action_spaces": entries, "control_frequency_hz": number, "language_input": True}
        back = profile_text.parse(profile_text.template(value).encode(), file="t").value
        assert {name: back[name] for name in value} == value

    def test_problems_stand_on_top_and_go_away(self) -> None:
        text = profile_text.template({}).encode()
        error = refused(profile_text.parse(text, file="t").value)
        once = profile_text.with_problems(text, error)
        assert once.startswith(b"#! Not yet a profile:\n#!   id: needed, and not given: what this profile is called\n")
        assert profile_text.with_problems(once, error) == once
        assert profile_text.parse(once, file="t") == profile_text.parse(text, file="t")

    def test_a_problem_cannot_leave_its_comment(self) -> None:
        error = refused({**VALUE, 'x"\nrobot_model = "planted': 1}, "t")
        text = profile_text.with_problems(profile_text.template(VALUE).encode(), error)
        assert profile_text.parse(text, file="t").value["robot_model"] == "franka-panda"

    @pytest.mark.parametrize(
        "data", [b'id = "x', b"\xff\xfe", b"a = " + b"[" * 5000, b"= 1", b"a = 1\na = 2", b"n = " + b"1" * 5000]
    )
    def test_what_is_no_toml_is_refused(self, data: bytes) -> None:
        with pytest.raises(InputError) as caught:
            profile_text.parse(data, file="draft.toml")
        assert (caught.value.code, caught.value.where and caught.value.where.file) == ("profile.toml", "draft.toml")

    def test_the_line_of_a_fault_is_named(self) -> None:
        with pytest.raises(InputError) as caught:
            profile_text.parse(b'id = "x"\nrobot_model = \n', file="draft.toml")
        assert str(caught.value.where) == "draft.toml:2"

    def test_json_that_is_no_object_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "part.json"
        path.write_text("[]")
        with pytest.raises(InputError) as caught:
            profile_text.read(path)
        assert caught.value.code == "profile.not_an_object"


COMPLETE: dict[str, Any] = {
    "checkpoint_uri": "hf://our-lab/policy@3f1c0a9",
    "environment_version": "libero-0.1.1",
    "adapter_version": "bridge-2",
    "training_exposure": {"possible_benchmark_families": ["open-x"], "caveats": []},
}


class TestLeftOpen:
    def test_nothing_is_left_open_by_a_complete_profile(self) -> None:
        assert weaknesses(profile_of(**COMPLETE)) == []

    @pytest.mark.parametrize(
        ("changes", "field", "says"),
        [
            ({"checkpoint_uri": msgspec.UNSET}, "checkpoint_uri", "no checkpoint is named"),
            ({"checkpoint_uri": "hf://our-lab/policy"}, "checkpoint_uri", "without a revision or digest"),
            ({"real_to_sim_calibration": msgspec.UNSET}, "real_to_sim_calibration", "about the simulator alone"),
            ({"simulator_family": "my-own-sim"}, "simulator_family", "no probe of the registry runs in my-own-sim"),
            ({"environment_version": "libero-local"}, "environment_version", "holds no version"),
            ({"adapter_version": "main"}, "adapter_version", "holds no version"),
            ({"metric_contract": "score_per_episode"}, "metric_contract", "no success rate"),
            ({"reset_policy": "manual_reset"}, "reset_policy", "the seed does not decide"),
            ({"embodiment_class": "other"}, "embodiment_class", "no probe can be matched"),
            ({"reviewer_next_actions": []}, "reviewer_next_actions", "nothing in particular"),
            ({"claim_intent": "it is deployable"}, "claim_intent", "it says 'deployable'"),
            ({"language_input": False}, "language_input", "no instruction is given"),
            ({"observation_spaces": ["rgb_static_camera"]}, "language_input", "an instruction is given"),
            ({"camera_topology": "none"}, "camera_topology", "camera_topology is none"),
            ({"gripper_control": "none"}, "gripper_control", "does not bear out"),
            ({"coordinate_frame": "joint_space"}, "coordinate_frame", "is unusual"),
            ({"action_control_mode": "joint_delta"}, "coordinate_frame", "is unusual"),
        ],
    )
    def test_what_weakens_a_packet_is_told(self, changes: dict[str, Any], field: str, says: str) -> None:
        (found,) = weaknesses(msgspec.structs.replace(profile_of(**COMPLETE), **changes))
        assert found.field == field
        assert says in found.says

    @pytest.mark.parametrize(
        ("exposure", "says"),
        [
            ({"possible_benchmark_families": [], "caveats": []}, "nothing is said about the training data"),
            ({"possible_benchmark_families": ["LIBERO"], "caveats": []}, "a high rate may be memory"),
            ({"possible_benchmark_families": [], "caveats": ["no manifest"]}, "a caveat stands: no manifest"),
        ],
    )
    def test_training_exposure(self, exposure: dict[str, Any], says: str) -> None:
        (found,) = weaknesses(profile_of(**{**COMPLETE, "training_exposure": exposure}))
        assert says in found.says

    @pytest.mark.parametrize("uri", ["hf://a/b@main", "local:" + "a" * 40, "weights sha256:" + "0f" * 32])
    def test_a_checkpoint_with_a_revision_or_digest_is_enough(self, uri: str) -> None:
        assert weaknesses(profile_of(**{**COMPLETE, "checkpoint_uri": uri})) == []
