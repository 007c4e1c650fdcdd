"""What is told of a run's speed."""

from training.reporting import Throughput


def test_speed_is_that_of_training_wherever_evaluation_and_checkpoints_lie():
    """1 s a step of 100 tokens; evaluation and checkpoints take 50 s."""
    now = 0.0
    speed = Throughput(lambda context: 6.0, 1, clock=lambda: now)
    now = 30.0
    speed.on_train_begin()
    # An evaluation before the first step.
    now += 50
    speed.on_evaluate()
    told = []
    for step in range(1, 13):
        now += 1
        speed.on_step_end()
        if step % 4 == 0:
            logs = {"tokens": 400.0, "mean_context": 10.0}
            speed.on_log(logs=logs)
            told.append(logs["tokens_per_second"])
        if step in (3, 4, 6):
            now += 50
            speed.on_evaluate()
        if step in (4, 6, 9):
            now += 50
            speed.on_save()
    assert told == [100.0] * 3


def test_what_has_another_unit_is_another_picture(tmp_path):
    from training.curves import draw_curves

    log = [
        {"stage": "p", "step": 2, "loss": 3.0, **{f"loss/{number}": 3.0 for number in range(12)}},
        {"stage": "p", "step": 2, "eval_ko_loss": 3.0, "eval_ko_bits_per_byte": 1.1},
    ]
    names = [name for _, name in draw_curves(log, tmp_path)]
    assert names == ["loss.png", "evaluation.png", "bits_per_byte.png"]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)
