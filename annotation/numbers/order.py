"""Which of two answers stands on the left: balanced, and the same whenever it is asked."""

import hashlib

PAIRS_TOGETHER = 2


def first_shown(seed: int, person: int, place: int) -> str:
    """The answer on the left, for one person and one pair.

    Of every two pairs that follow each other in the project, one is shown either way, and which one
    follows from the seed and the person: so each person sees each position equally often, two
    people of one pair see it differently as often as alike, and nobody can foresee it.

    Args:
        seed: of the project.
        person: number of the person.
        place: number of the pair.

    Returns:
        ``first`` or ``second``.
    """
    block, within = divmod(place, PAIRS_TOGETHER)
    said = f"{seed}/{person}/{block}".encode()
    flips = hashlib.sha256(said).digest()[0] & 1
    return "first" if (within ^ flips) == 0 else "second"
