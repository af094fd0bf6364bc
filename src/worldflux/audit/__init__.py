"""From evaluator output to an evidence package: the pipeline and its rules."""
