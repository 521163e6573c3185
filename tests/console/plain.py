"""Pages as plain as can be, for tests of the server alone: all that a view holds, escaped."""

from html import escape


def page(seat, view, csrf):
    return (
        f"<h1>{escape(seat.person)}</h1><form><input name=csrf value={escape(csrf)}></form>"
        + parts(seat, view, csrf)
    )


def parts(seat, view, csrf):
    return f"<pre data-csrf={csrf}>{escape(view.model_dump_json())}</pre>"


def join_page(seat, problem=""):
    return f"<h1>{seat.role}</h1><p>{escape(problem)}</p><i>{escape(seat.person)}</i>"


def message_page(title, text):
    return f"<h1>{escape(title)}</h1><p>{escape(text)}</p>"


def said(refused):
    return f"<p>{escape(refused)}</p>"


def links_page(links, csrf):
    return "".join(f"<a href={escape(url)}>{name}</a>{qr}" for name, (url, qr) in links.items())
