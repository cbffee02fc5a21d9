"""Substitutes: another rung's segment at the same cut, served while a rung's own is not there yet."""

from video_service.domain.plan import Plan


def substitutes(plan: Plan, rendition: str) -> tuple[str, ...]:
    """The rungs to try in place of one, best substitute first; none for sound.

    A lower rung is preferred because the network that chose this one can carry it.
    """
    names = [rung.name for rung in plan.rungs]
    if rendition not in names:
        return ()
    position = names.index(rendition)
    return (*names[position + 1 :], *reversed(names[:position]))
