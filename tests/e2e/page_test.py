# SPDX-License-Identifier: Apache-2.0
"""A plan as a page, as a reviewer's browser shows it."""
import json

from support import browser
from support.case import Case
from support.fleet import document

WORKSPACE = {"region": "ap-southeast-1", "project_id": "0a1b2c3d4e5f60718293a4b5c6d7e8f9"}
IMAGE = {"image_id": "6b0f77d1-0000-4000-8000-000000000002", "image_type": "private", "os_type": "Windows"}
# What would be markup, end the script or be seen by nobody, were it taken for more than text.
HOSTILE = "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">" \
          "<!--<script>'\"`${1}&amp;\\u003c]]>"
UNSEEN = "\u2028\u202e\x1b[2J"  # no manifest may have them; a plan comes from anywhere


class Pages(Case):
    def setUp(self):
        super().setUp()
        browser.require()
        self.browser = browser.Browser(self.folder / "browser")
        self.addCleanup(self.browser.stop)

    def manifests(self, *groups, **image):
        self.fleet.write("all.yaml", document("Workspace", "prod", WORKSPACE),
                         document("Image", "img", {**IMAGE, **image}), *groups)

    def small_fleet(self):
        """Two groups: 40 desktops in batches of 10, and 3 of which one is protected."""
        finance = [{"id": f"f-{i:02}", "name": f"FIN-{i:02}"} for i in range(40)]
        design = [{"id": "d-1", "name": "render"}, {"id": "d-2", "name": "cut"},
                  {"id": "d-3", "name": "chief", "protect": True}]
        self.manifests(
            document("DesktopGroup", "finance", {"image": "img", "desktops": finance,
                                                 "rollout": {"batch_size": 10, "max_unavailable": 20}}),
            document("DesktopGroup", "design", {"image": "img", "desktops": design}))

    def open(self, command=("plan",), **options):
        path = self.folder / "plan.html"
        with path.open("wb") as out:
            self.gild(*command, "--format", "html", stdout=out)
        page = self.browser.page(**options)
        page.open(path)
        self.addCleanup(self.assert_quiet, page, path)
        return page

    def assert_quiet(self, page, path):
        self.assertEqual(page.complaints, [])
        self.assertEqual(page.requests, [path.as_uri()])

    def names(self, page):
        """Of the desktops that are drawn, from the top."""
        cells = "document.querySelectorAll('#rows .row:not([hidden]) .name')"
        return page.evaluate(f"[...{cells}].map((cell) => cell.textContent)")

    def active(self, page):
        """The name in the row that a screen reader is told of."""
        row = "document.getElementById(document.getElementById('grid').getAttribute('aria-activedescendant'))"
        return page.evaluate(f"{row}?.querySelector('.name').textContent")

    def focus(self, page, id):
        page.evaluate(f"document.getElementById('{id}').focus()")

    def choose(self, page, id, text):
        page.evaluate(f"""{{
          const list = document.getElementById('{id}');
          list.value = [...list.options].find((option) => option.textContent === '{text}').value;
          list.dispatchEvent(new Event('input'));
        }}""")
        page.drawn()

    def test_a_reviewer_finds_the_verdict_and_searches_and_narrows_the_desktops(self):
        self.small_fleet()
        page = self.open()
        self.assertEqual(page.text("h1"), "42 desktops will be WIPED")
        self.assertEqual(page.text("#count"), "43 desktops.")
        roles = {node["role"]["value"] for node in page.call("Accessibility.getFullAXTree")["nodes"]}
        self.assertLessEqual({"banner", "main", "contentinfo", "search", "table", "grid", "status", "heading"}, roles)
        self.assertEqual(page.evaluate("document.querySelectorAll('rect.batch').length"), 5)
        self.focus(page, "search")
        page.type("fin-1 finance-002")
        self.assertEqual(self.names(page), [f"FIN-{i}" for i in range(10, 20)])
        self.assertEqual(page.text("#count"), "10 of 43 desktops.")
        page.type(" fin-12")
        self.assertEqual(self.names(page), ["FIN-12"])
        page.evaluate("document.getElementById('reset').click()")
        self.choose(page, "action", "protected (1)")
        self.assertEqual(self.names(page), ["chief"])
        self.choose(page, "action", "all")
        page.evaluate("document.querySelector('a[data-group=design]').click()")
        page.drawn()
        self.assertEqual(self.names(page), ["render", "cut", "chief"])
        page.evaluate("document.querySelector('#head .name button').click()")
        page.drawn()
        self.assertEqual(self.names(page), ["chief", "cut", "render"])

    def test_the_list_is_used_with_the_keyboard_alone(self):
        self.small_fleet()
        page = self.open()
        self.focus(page, "reset")
        self.focus(page, "bare")
        for _ in range(40):
            if page.evaluate("document.activeElement.id") == "grid":
                break
            page.press("Tab")
        self.assertEqual(page.evaluate("document.activeElement.id"), "grid")
        self.assertNotEqual(page.evaluate("getComputedStyle(document.activeElement).outlineStyle"), "none")
        self.assertEqual(self.active(page), "render")
        page.press("ArrowDown")
        self.assertEqual(self.active(page), "cut")
        page.press("End")
        self.assertEqual(self.active(page), "FIN-39")
        page.press("Enter")
        self.assertTrue(page.evaluate("document.getElementById('details').open"))
        self.assertEqual(page.text("#details h3"), "FIN-39")
        self.assertIn("6b0f77d1-0000-4000-8000-000000000002, private, Windows", page.text("#details dl"))
        page.press("Escape")
        self.assertFalse(page.evaluate("document.getElementById('details').open"))
        self.assertEqual(page.evaluate("document.activeElement.id"), "grid")
        page.press("Home")
        self.assertEqual(self.active(page), "render")

    def test_hostile_text_is_shown_as_text(self):
        desktops = [{"id": "d-1", "name": HOSTILE}, {"id": "d-2", "name": "chief", "protect": True}]
        self.manifests(document("DesktopGroup", "design", {"image": "img", "desktops": desktops, "revision": HOSTILE,
                                                           "rebuild": {"message": HOSTILE}}), os_type=HOSTILE)
        plan = self.plan()
        plan["desktops"][0]["name"] += UNSEEN
        plan["warnings"] = [HOSTILE + UNSEEN]
        (self.fleet.folder / "plan.json").write_text(json.dumps(plan))
        page = self.open(command=("show", "plan.json"))
        shown = HOSTILE + "\\u2028\\u202e\\x1b[2J"
        self.assertEqual(page.evaluate("document.title"), "gild plan: 1 desktop will be wiped")
        self.assertEqual(self.names(page), [shown, "chief"])
        self.assertEqual(page.text(".lane q"), HOSTILE)
        self.assertIn(shown, page.text(".warnings"))
        self.focus(page, "grid")
        page.press("Enter")
        self.assertEqual(page.text("#details h3"), shown)
        self.assertIn(f"private, {HOSTILE}, revision {HOSTILE}", page.text("#details dl"))
        self.assertEqual(page.evaluate("[document.scripts.length, document.images.length]"), [2, 0])
        # What was not in the page when gild wrote it would not run, either.
        ran = page.evaluate("""new Promise((done) => {
          const script = document.createElement('script');
          document.addEventListener('securitypolicyviolation', (event) => done(event.effectiveDirective));
          script.textContent = "document.title = 'owned'";
          document.body.append(script);
        })""")
        self.assertEqual(ran, "script-src-elem")
        self.assertEqual(page.evaluate("document.title"), "gild plan: 1 desktop will be wiped")
        page.complaints.clear()  # of that one script

    def test_of_100000_desktops_only_those_are_drawn_that_are_looked_at(self):
        ids = [f"{i:08x}-0000-4000-8000-0123456789ab" for i in range(100_000)]
        self.fleet.write_text("all.txt", "\n".join(ids) + "\n")
        self.manifests(document("DesktopGroup", "all", {"image": "img", "desktop_files": ["all.txt"]}))
        page = self.open()
        drawn = "document.querySelectorAll('#rows .row').length"
        self.assertEqual(page.text("h1"), "100,000 desktops will be WIPED")
        self.assertLess(page.evaluate(drawn), 80)
        self.assertEqual(page.evaluate("document.getElementById('grid').getAttribute('aria-rowcount')"), "100001")
        self.focus(page, "grid")
        page.press("End")
        last = page.evaluate("[...document.querySelectorAll('#rows .row:not([hidden]) .id')].at(-1).textContent")
        self.assertEqual(last, ids[-1])
        self.assertLess(page.evaluate(drawn), 80)
        self.focus(page, "search")
        page.type("0001869f")
        self.assertEqual(page.text("#count"), "1 of 100,000 desktops.")
        self.assertLess((self.folder / "plan.html").stat().st_size, 100_000 * 60)

    def test_without_javascript_all_but_the_list_is_there(self):
        self.small_fleet()
        page = self.open(script=False, width=400, dark=True)
        # The protocol may look at the page, though the page runs nothing.
        tree = page.call("Accessibility.getFullAXTree")["nodes"]
        texts = json.dumps([node.get("name", {}).get("value", "") for node in tree])
        for text in ("42 desktops will be WIPED", "finance", "Worst case", "There is no canary",
                     "The list of desktops needs JavaScript", "may be under way at once"):
            self.assertIn(text, texts)
        self.assertNotIn("FIN-01", texts)
