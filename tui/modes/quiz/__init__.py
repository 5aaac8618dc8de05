"""Quiz: questions, answers, and the prediction that a run judges."""
