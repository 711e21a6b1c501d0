extension ExplorerPage {
  /// The page's own style sheet.
  static let style = """
    body { margin: 0; display: flex; font: 14px/1.45 system-ui, sans-serif; color: #1c1c1c; }
    nav { width: 250px; flex: none; height: 100vh; overflow: auto; position: sticky; top: 0;
      background: #f3f4f6; padding: 12px; box-sizing: border-box; }
    h1 { font-size: 15px; margin: 0 0 8px; overflow-wrap: anywhere; }
    .help { color: #666; margin: 0 0 8px; font-size: 12px; }
    nav ol { padding-left: 24px; }
    nav a { display: block; color: #0b57d0; text-decoration: none; padding: 3px 4px; }
    nav a.same { color: #777; }
    nav a.current { background: #dbe7ff; border-radius: 4px; }
    nav small { display: block; color: #666; }
    nav input[type=search] { width: 100%; box-sizing: border-box; margin-top: 6px; }
    main { flex: 1; min-width: 0; padding: 12px 18px; }
    main.one section { display: none; }
    main.one section.shown { display: block; }
    h2 { font: bold 15px/1.4 ui-monospace, monospace; overflow-wrap: anywhere; margin: 4px 0; }
    h3 { font-size: 14px; margin: 18px 0 6px; }
    table { border-collapse: collapse; width: 100%; }
    th { text-align: left; font-weight: 600; padding: 3px 8px; border-bottom: 1px solid #bbb; }
    td { font: 12px/1.4 ui-monospace, monospace; padding: 2px 8px; vertical-align: top;
      overflow-wrap: anywhere; }
    .nodes { table-layout: fixed; }
    .nodes td { border-left: 3px solid transparent; }
    .nodes td.gone { background: #ffeceb; border-left-color: #d1242f; }
    .nodes td.new { background: #e6f6e9; border-left-color: #1a7f37; }
    .constants td { border-bottom: 1px solid #eee; }
    .constants tr.changed td:first-child { border-left: 3px solid #1a7f37; }
    main.changes tr.kept { display: none; }
    tr.filtered { display: none !important; }
    """

  /// Shows one pass at a time; without it the page shows them all.
  static let script = """
    const main = document.querySelector("main");
    const sections = [...document.querySelectorAll("section")];
    const links = [...document.querySelectorAll("nav a")];
    const all = document.getElementById("all"), filter = document.getElementById("filter");
    let current = 0;
    function show(index) {
      current = Math.max(0, Math.min(sections.length - 1, index));
      sections.forEach((s, i) => s.classList.toggle("shown", i === current));
      links.forEach((l, i) => l.classList.toggle("current", i === current));
      main.classList.toggle("changes", !all.checked && current > 0);
      const word = filter.value.toLowerCase();
      for (const row of sections[current].querySelectorAll("tbody tr"))
        row.classList.toggle("filtered", word !== "" && !row.textContent.toLowerCase().includes(word));
    }
    function fromHash() { show(Math.max(0, sections.findIndex(s => "#" + s.id === location.hash))); }
    main.classList.add("one");
    all.onchange = filter.oninput = () => show(current);
    window.addEventListener("hashchange", fromHash);
    document.addEventListener("keydown", e => {
      if (e.target === filter) return;
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[e.key];
      if (step) { e.preventDefault(); location.hash = sections[Math.max(0,
        Math.min(sections.length - 1, current + step))].id; }
    });
    fromHash();
    """
}
