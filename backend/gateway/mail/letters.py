"""What the mails say. Text that people entered stands in none of them but as what it is."""

from gateway.mail.mailer import Letter


def reset_letter(to: str, origin: str, token: str) -> Letter:
    """The token is in the fragment, which browsers send to nobody."""
    text = (
        "Somebody, probably you, wants to choose a new password for your Playhead account.\n\n"
        f"Open this link within an hour; it works once:\n\n{origin}/reset#token={token}\n\n"
        "If it was not you, do nothing: your password stays as it is.\n"
    )
    return Letter(to, "Choose a new password", text)


def password_changed_letter(to: str, origin: str) -> Letter:
    text = (
        "The password of your Playhead account was changed just now.\n\n"
        f"If it was not you, choose a new one at once: {origin}/forgot\n"
    )
    return Letter(to, "Your password was changed", text)


def invitation_letter(to: str, link: str, days: int) -> Letter:
    text = (
        "You are invited to Playhead, where videos are watched and shared.\n\n"
        f"Open this link within {days} {'day' if days == 1 else 'days'} to make your account; "
        f"it works once:\n\n{link}\n"
    )
    return Letter(to, "Your invitation to Playhead", text)
