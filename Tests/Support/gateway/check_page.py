"""Looks at the dashboard in a headless Chromium, by pointer and by keyboard alone.

    check_page.py URL OPERATOR_TOKEN [FOLDER_FOR_PICTURES]
"""

import os
import sys

from browser import Browser, Failure

url, operator_token = sys.argv[1:3]
pictures = sys.argv[3] if len(sys.argv) > 3 else None
ROWS = "document.querySelectorAll('#apps-rows tr').length"


def check(condition, what):
    if not condition:
        raise Failure(what)


def picture(browser, name):
    if pictures:
        os.makedirs(pictures, exist_ok=True)
        browser.shot(f"{pictures}/{name}.png")


def loads(browser):
    browser.show(1440, 900)
    browser.open(url)
    browser.until("the apps are listed", f"{ROWS} === 2")
    browser.until("the alert is shown", "document.querySelector('#alerts').textContent.includes('gave up after 3 short runs')")
    browser.until("the restart is marked", "document.querySelectorAll('.marker').length === 1")
    label = browser.run("document.querySelector('.marker').getAttribute('aria-label')")
    check("SIGSEGV" in label and "Started again" in label, f"the mark says {label!r}")
    browser.until("lines are drawn", "document.querySelectorAll('#plots path.line').length >= 3")
    browser.run("document.querySelector('.marker').focus()")
    check(browser.run("!document.querySelector('#tip').hidden && document.querySelector('#tip').textContent.includes('SIGSEGV')"), "the mark shows no reason")
    browser.run("document.querySelector('#ends summary').click()")
    browser.until("the end is listed", "document.querySelector('#ends-list').textContent.includes('SIGSEGV')")
    picture(browser, "ends")
    check(browser.run("document.querySelector('#apps-summary').textContent") == "2 · 1 not as wanted", "the summary is wrong")


def is_accessible(browser):
    for place in ("header", "main", "h1", "[aria-live=polite]", "html[lang]"):
        check(browser.run(f"document.querySelector('{place}') !== null"), f"there is no {place}")
    nameless = browser.run("""[...document.querySelectorAll('button, input, select, canvas, svg')].filter((element) => {
        if (element.closest('[aria-hidden=true]') || element.closest('dialog:not([open])')) return false;
        const label = element.labels?.[0]?.textContent ?? '';
        return !(element.textContent.trim() || label.trim() || element.getAttribute('aria-label'));
    }).map((element) => element.outerHTML.slice(0, 120))""")
    check(nameless == [], f"without a name: {nameless}")
    # WCAG 2.2 AA, 1.4.3: 4.5 to 1 for text of this size.
    faint = browser.run("""(() => {
        const channel = (value) => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
        const parse = (text) => { const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number); return { rgb: [r, g, b], a }; };
        const over = (top, below) => top.rgb.map((value, index) => value * top.a + below[index] * (1 - top.a));
        const light = (rgb) => 0.2126 * channel(rgb[0]) + 0.7152 * channel(rgb[1]) + 0.0722 * channel(rgb[2]);
        const found = [];
        for (const element of document.querySelectorAll('body *')) {
            const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
            if (!own || !element.checkVisibility() || element.closest('.hidden, .skip, dialog, option, noscript')) continue;
            const layers = [];
            for (let at = element; at; at = at.parentElement) layers.unshift(parse(getComputedStyle(at).backgroundColor));
            const ground = layers.reduce((below, layer) => over(layer, below), [255, 255, 255]);
            const style = getComputedStyle(element);
            const ink = over(parse(element instanceof SVGElement ? style.fill : style.color), ground);
            const [high, low] = [light(ink), light(ground)].sort((a, b) => b - a);
            const ratio = (high + 0.05) / (low + 0.05);
            if (ratio < 4.5) found.push(`${element.tagName}.${element.className} ${element.textContent.slice(0, 30)} ${ratio.toFixed(2)}`);
        }
        return found;
    })()""")
    check(faint == [], f"too faint: {faint}")


def works_by_keyboard(browser):
    browser.open(url)
    browser.until("the apps are listed", f"{ROWS} === 2")
    browser.until("the plots are there", "document.querySelector('#scrub') !== null && document.querySelectorAll('.marker').length === 1")
    browser.run("document.activeElement.blur()")
    reached = []
    for _ in range(60):
        browser.press("Tab")
        place = browser.run("""(() => {
            const element = document.activeElement;
            if (element === document.body) return 'body';
            const style = getComputedStyle(element), own = getComputedStyle(element.nextElementSibling ?? element);
            const isSeen = style.outlineStyle !== 'none' || own.outlineStyle !== 'none';
            return `${element.id || element.className || element.name || element.tagName}:${element.textContent.slice(0, 20).trim()}${isSeen ? '' : ' UNSEEN'}`;
        })()""")
        if place == "body" and len(reached) > 5:
            break
        reached.append(place)
    else:
        raise Failure(f"the keyboard never leaves the page: {reached}")
    check(not [place for place in reached if "UNSEEN" in place], f"focus is not seen: {reached}")
    for wanted in ("skip", "operator", "theme", ":api", ":reports", "range", "marker", "scrub", "Memory before", "log-app", "log-level", "log-search", "log-follow", "log-lines", "events"):
        check(any(wanted in place for place in reached), f"the keyboard does not reach {wanted}: {reached}")
    browser.run("[...document.querySelectorAll('#apps-rows button')].find((button) => button.textContent === 'reports').focus()")
    browser.press("Enter")
    browser.until("the app is chosen", "document.querySelector('#detail-title').textContent === 'reports'")
    browser.run("[...document.querySelectorAll('#apps-rows button')].find((button) => button.textContent === 'api').focus()")
    browser.press("Enter")
    browser.until("the app is chosen", "document.querySelector('#detail-title').textContent === 'api' && document.querySelectorAll('#plots path.line').length >= 3")
    browser.run("document.querySelector('#scrub').focus()")
    browser.press("ArrowLeft")
    said = browser.run("document.querySelector('#scrub').getAttribute('aria-valuetext')")
    check("CPU" in said and "Memory" in said, f"the plots say {said!r}")


def operates(browser):
    browser.run("document.querySelector('#operator').click()")
    browser.until("the token is asked for", "document.querySelector('#token-dialog').open")
    browser.write(operator_token)
    browser.press("Enter")
    browser.until("there is something to do", "document.querySelectorAll('#detail-actions button').length > 0")
    browser.run("document.querySelector('#detail-actions button').click()")
    browser.until("it asks first", "document.querySelector('#confirm-dialog').open")
    check(browser.run("document.querySelector('#confirm-command').textContent") == "noviSupervisor restart api", "the command is not told")
    browser.run("document.querySelector('#confirm-ok').click()")
    browser.until("it was done", "document.querySelector('#announcer').textContent.includes('restarted')")


def fits(browser):
    for name, width, height, theme, is_phone in (
        ("desktop-light", 1440, 900, "light", False), ("desktop-dark", 1440, 900, "dark", False),
        ("phone-light", 360, 780, "light", True), ("phone-dark", 360, 780, "dark", True),
    ):
        browser.show(width, height, theme, is_phone)
        browser.open(url)
        browser.until("the apps are listed", f"{ROWS} === 2")
        browser.until("the restart is marked", "document.querySelectorAll('.marker').length === 1")
        check(browser.run("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), f"{name} scrolls sideways")
        is_dark = browser.run("getComputedStyle(document.body).backgroundColor") != "rgb(248, 247, 244)"
        check(is_dark == (theme == "dark"), f"{name} has the wrong theme")
        is_accessible(browser)
        picture(browser, name)


with Browser() as browser:
    loads(browser)
    works_by_keyboard(browser)
    operates(browser)
    fits(browser)
    check(browser.complaints == [], f"the page complains: {browser.complaints}")
