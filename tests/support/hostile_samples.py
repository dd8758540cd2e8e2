"""What strangers write into every field that a mail, a report or a browser carries."""

MARK = "__pwned"
SCRIPT = f'<img src=x onerror="window.{MARK}=1"><script>window.{MARK}=1</script>'
BREAKOUT = f"""\"'></span></t><b class="{MARK}">bold</b>&lt;i&gt;"""
RIGHT_TO_LEFT = "\u202egpj.exe\u2066\u200f"
FORMATS = "%s %(name)s {0} {{7*7}} ${7*7} =1+1"
CONTROLS = "a\x00b\x01\x08\x0b\x1b\x7f\x85\ufffe\uffff"
SURROGATE = "lone \ud800 surrogate"
#: shown as it is, wherever a database can hold it
VISIBLE = f"{SCRIPT}{BREAKOUT}{FORMATS}{RIGHT_TO_LEFT}"
#: four bytes a character: the largest text of its length
LARGE = "\U0001f4a3" * 1_000_000

ALL = {
    "script": SCRIPT,
    "breakout": BREAKOUT,
    "right to left": RIGHT_TO_LEFT,
    "formats": FORMATS,
    "controls": CONTROLS,
    "surrogate": SURROGATE,
    "large": LARGE,
    "large ascii": "x" * 1_000_000,
    "lines": "a\r\nBcc: eve@example.com\r\n\r\nb",
}

#: no address a person has; name -> what stands in a contact's field
ADDRESSES = {
    "script": "<script>window.__pwned=1</script>@example.com",
    "quoted": f'"{SCRIPT}" <quoted@example.com>',
    "header": "bob@example.com\r\nBcc: eve@example.com",
    # longer ones cost the others their mail: core names everybody in a header (X-Msg-To-Add),
    # and servers refuse lines of more than 998 bytes
    "long local part": f"{'x' * 900}@example.com",
    "long unicode": f"{chr(0x1F4A3) * 1000}@example.com",
    "long domain": f"x@{'é' * 600}.example.com",
    "many": ", ".join(f"many{n}@example.com" for n in range(60)),
    "right to left": f"{RIGHT_TO_LEFT}@example.com",
    "markup": "\"'><b>x</b>@example.com",
    "percent": "%s%(name)s@example.com",
}
