// Draws a plan as an SVG picture: one box for each engine, one row of nodes for each step, and the path that proves the minimum.
//
//     gpc plan testmodels/mixed.onnx -o plan.json
//     dotnet run docs/picture/picture.cs -- plan.json docs/picture/plan.svg
//
// The plan file has everything that the picture shows, so this script needs no other part of the project.
#:property NoWarn=$(NoWarn);CS1591
#:property PublishAot=false

using System.Globalization;
using System.Text;
using System.Text.Json;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is not [var planPath, var picturePath])
{
    Console.Error.WriteLine("usage: dotnet run docs/picture/picture.cs -- PLAN.json OUT.svg");
    return 2;
}
Plan plan = Plan.Read(planPath);
File.WriteAllText(picturePath, new Picture(plan).Draw());
return 0;

/// <summary>A node of the plan: which nodes it reads, and in which segment it is.</summary>
internal sealed record NodeRecord(string Op, int[] Reads, bool Supported, int Segment);

/// <summary>What the picture needs of a plan file.</summary>
/// <param name="Name">The model's name.</param>
/// <param name="Input">The name of the model's first input.</param>
/// <param name="Nodes">The nodes in topological order.</param>
/// <param name="IsEngine">For each segment, in the order of execution: whether it is an engine.</param>
/// <param name="Witness">The path that enters an engine as often as there are engines.</param>
/// <param name="IsMinimum">Whether no plan has fewer engines.</param>
internal sealed record Plan(string Name, string Input, NodeRecord[] Nodes, bool[] IsEngine, int[] Witness, bool IsMinimum)
{
    public static Plan Read(string path)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
        JsonElement model = document.RootElement.GetProperty("model"), proof = document.RootElement.GetProperty("proof");
        return new(
            model.GetProperty("name").GetString()!,
            model.GetProperty("inputs")[0].GetString()!,
            [.. proof.GetProperty("nodes").EnumerateArray().Select(NodeOf)],
            [.. proof.GetProperty("segments").EnumerateArray().Select(s => s.GetProperty("engine").GetBoolean())],
            Numbers(proof.GetProperty("witness")),
            document.RootElement.GetProperty("summary").GetProperty("isMinimum").GetBoolean());
    }

    private static NodeRecord NodeOf(JsonElement node) => new(
        node.GetProperty("op").GetString()!, Numbers(node.GetProperty("reads")),
        node.GetProperty("supported").GetBoolean(), node.GetProperty("segment").GetInt32());

    private static int[] Numbers(JsonElement array) => [.. array.EnumerateArray().Select(n => n.GetInt32())];
}

/// <summary>The place of a node.</summary>
internal readonly record struct Box(double X, double Y, double Width)
{
    public const double Height = 26;
    public double Right => X + Width;
    public double Bottom => Y + Height;
    public double Center => X + Width / 2;
    public double Middle => Y + Height / 2;
}

/// <summary>Lays a plan out and writes it as SVG. Segments are rows from top to bottom; inside a row, data flows from left to
/// right.</summary>
internal sealed class Picture(Plan plan)
{
    private const double Margin = 24, Start = 168, LaneHeight = 38, ColumnGap = 16, RowGap = 30, Top = 108, Padding = 12;

    private readonly Box[] _boxes = new Box[plan.Nodes.Length];
    private readonly HashSet<(int From, int To)> _witness = [.. plan.Witness.Zip(plan.Witness.Skip(1))];
    private readonly StringBuilder _svg = new();

    public string Draw()
    {
        var rows = new List<(double Top, double Bottom, double Right)>();
        double y = Top;
        for (int segment = 0; segment < plan.IsEngine.Length; segment++)
        {
            double bottom = Place(segment, y);
            rows.Add((y, bottom, Members(segment).Max(n => _boxes[n].Right)));
            y = bottom + RowGap;
        }
        double width = rows.Max(r => r.Right) + Padding + Margin, height = y - RowGap + 62;
        Head(width, height);
        for (int segment = 0; segment < rows.Count; segment++) Row(segment, rows[segment].Top, rows[segment].Bottom, width);
        Input();
        foreach (bool thick in new[] { false, true })
            for (int to = 0; to < plan.Nodes.Length; to++)
                foreach (int from in plan.Nodes[to].Reads.Distinct())
                    if (_witness.Contains((from, to)) == thick) Edge(from, to, thick);
        for (int n = 0; n < plan.Nodes.Length; n++) Node(n);
        Legend(y - RowGap + 40);
        _svg.Append("</svg>\n");
        return _svg.ToString();
    }

    private IEnumerable<int> Members(int segment) => Enumerable.Range(0, plan.Nodes.Length).Where(n => plan.Nodes[n].Segment == segment);

    /// <summary>Places the nodes of a segment.</summary>
    /// <returns>The lower end of the row.</returns>
    private double Place(int segment, double top)
    {
        int[] members = [.. Members(segment)];
        int lanes = plan.IsEngine[segment] ? PlaceEngine(members, top + Padding) : PlaceFallback(members, top + Padding);
        return top + 2 * Padding + (lanes - 1) * LaneHeight + Box.Height;
    }

    /// <summary>A step of ONNX Runtime is short: each node stands below the nodes that it reads, and all are in one lane.</summary>
    private int PlaceFallback(int[] members, double top)
    {
        double free = Start;
        foreach (int n in members.OrderBy(CenterOfSources))
        {
            double x = Math.Max(free, CenterOfSources(n) - WidthOf(n) / 2);
            _boxes[n] = new(x, top, WidthOf(n));
            free = x + WidthOf(n) + 2 * ColumnGap;
        }
        return 1;
    }

    private double CenterOfSources(int n) => plan.Nodes[n].Reads.Select(r => _boxes[r].Center).DefaultIfEmpty(0).Average();

    /// <summary>The longest chain through the witness path is lane 0; what flows into it is below, what leaves it is above.</summary>
    /// <returns>The number of lanes.</returns>
    private int PlaceEngine(int[] members, double top)
    {
        Dictionary<int, int> columns = [], lanes = [], ends = [];
        foreach (int n in members) columns[n] = Inside(n).Select(r => columns[r] + 1).DefaultIfEmpty(0).Max();
        HashSet<int> spine = Spine();
        foreach (int n in members.OrderByDescending(spine.Contains).ThenBy(n => n))
        {
            lanes[n] = LaneOf(n);
            ends[lanes[n]] = columns[n];
        }

        double[] widths = [.. Enumerable.Range(0, columns.Values.Max() + 1).Select(c => members.Where(n => columns[n] == c).Max(WidthOf))];
        double[] starts = new double[widths.Length];
        for (int c = 0; c < starts.Length; c++) starts[c] = c == 0 ? Start : starts[c - 1] + widths[c - 1] + ColumnGap;
        int first = ends.Keys.Min();
        foreach (int n in members)
        {
            double x = starts[columns[n]] + (widths[columns[n]] - WidthOf(n)) / 2;
            _boxes[n] = new(x, top + (lanes[n] - first) * LaneHeight, WidthOf(n));
        }
        return ends.Keys.Max() - first + 1;

        IEnumerable<int> Inside(int n) => plan.Nodes[n].Reads.Where(columns.ContainsKey);

        HashSet<int> Spine()
        {
            HashSet<int> chain = [.. members.Where(plan.Witness.Contains)];
            if (chain.Count == 0) chain.Add(members[^1]);
            for (int n = chain.Min(); columns[n] > 0; chain.Add(n)) n = Inside(n).MaxBy(r => columns[r]);
            foreach (int n in members)
                if (Inside(n).Contains(chain.Max())) chain.Add(n);
            return chain;
        }

        // A node continues the lane of a node that it reads; otherwise it takes the first lane with room.
        int LaneOf(int n)
        {
            if (spine.Contains(n)) return 0;
            foreach (int r in Inside(n))
                if (lanes.TryGetValue(r, out int lane) && lane != 0 && ends[lane] == columns[r]) return lane;
            int step = columns[n] == 0 ? 1 : -1, free = step;
            while (ends.TryGetValue(free, out int end) && end >= columns[n]) free += step;
            return free;
        }
    }

    private double WidthOf(int n) => Math.Round(plan.Nodes[n].Op.Sum(c => c is 'm' or 'M' ? 11.5 : 7.2) + 18);

    private void Head(double width, double height)
    {
        int engines = plan.IsEngine.Count(e => e);
        string title = $"{plan.Name}.onnx: {plan.Nodes.Length} nodes, {engines} engines{(plan.IsMinimum ? ", the fewest possible" : "")}";
        _svg.Append($$"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {{width:0}} {{height:0}}" role="img" aria-label="{{title}}">
            <title>{{title}}</title>
            <style>
            svg { --page: #ffffff; --ink: #1f2328; --soft: #59636e; --rim: #d1d9e0; --line: #8c959f; --proof: #8250df;
                  --engine: #dff3e4; --engine-rim: #2da44e; --yes: #ffffff; --yes-rim: #2da44e; --no: #fff1d6; --no-rim: #bc4c00; }
            @media (prefers-color-scheme: dark) {
            svg { --page: #0d1117; --ink: #f0f6fc; --soft: #9198a1; --rim: #3d444d; --line: #656c76; --proof: #ab7df8;
                  --engine: #12261e; --engine-rim: #3fb950; --yes: #0d1117; --yes-rim: #3fb950; --no: #3a2410; --no-rim: #f0883e; }
            }
            text { font-family: "Segoe UI", Helvetica, Arial, "DejaVu Sans", sans-serif; font-size: 13px; fill: var(--ink); }
            .title { font-size: 19px; font-weight: 600; }
            .soft { fill: var(--soft); }
            .name { font-weight: 600; }
            .node { text-anchor: middle; font-size: 12.5px; }
            .page { fill: var(--page); stroke: var(--rim); }
            .engine { fill: var(--engine); stroke: var(--engine-rim); stroke-width: 1.5; }
            .yes { fill: var(--yes); stroke: var(--yes-rim); }
            .no { fill: var(--no); stroke: var(--no-rim); stroke-width: 1.5; }
            .edge { fill: none; stroke: var(--line); stroke-width: 1.2; }
            .proof { fill: none; stroke: var(--proof); stroke-width: 3; }
            </style>
            <rect class="page" x="0.5" y="0.5" width="{{width - 1:0}}" height="{{height - 1:0}}" rx="10"/>
            <text class="title" x="{{Margin}}" y="40">{{title}}</text>
            <text class="soft" x="{{Margin}}" y="63">Each row is one step of a run. Steps run from top to bottom; inside a step, data flows from left to right.</text>

            """);
    }

    private void Row(int segment, double top, double bottom, double width)
    {
        double middle = (top + bottom) / 2;
        if (plan.IsEngine[segment])
        {
            int number = plan.IsEngine.Take(segment).Count(e => e);
            _svg.Append($"""
                <rect class="engine" x="{Margin}" y="{top:0.#}" width="{width - 2 * Margin:0}" height="{bottom - top:0.#}" rx="10"/>
                <text class="name" x="{Margin + 16}" y="{middle - 3:0.#}">TrtNode_{number}</text>
                <text class="soft" x="{Margin + 16}" y="{middle + 15:0.#}">TensorRT engine</text>

                """);
        }
        else _svg.Append($"""
            <text class="name" x="{Margin + 16}" y="{middle - 3:0.#}">Fallback</text>
            <text class="soft" x="{Margin + 16}" y="{middle + 15:0.#}">ONNX Runtime</text>

            """);
    }

    private void Input()
    {
        Box first = _boxes[0];
        _svg.Append($"""
            <text class="soft node" x="{first.Center:0.#}" y="{Top - 14:0.#}">{plan.Input}</text>
            <path class="edge" d="M{first.Center:0.#} {Top - 9:0.#} V{first.Y:0.#}"/>

            """);
    }

    /// <summary>Inside a row an edge goes from right to left side; between rows from the lower to the upper side.</summary>
    private void Edge(int from, int to, bool thick)
    {
        Box a = _boxes[from], b = _boxes[to];
        string path;
        if (plan.Nodes[from].Segment == plan.Nodes[to].Segment)
        {
            double bend = (b.X - a.Right) / 2;
            path = $"M{a.Right:0.#} {a.Middle:0.#} C{a.Right + bend:0.#} {a.Middle:0.#} {b.X - bend:0.#} {b.Middle:0.#} {b.X:0.#} {b.Middle:0.#}";
        }
        else
        {
            double bend = Math.Min(46, (b.Y - a.Bottom) * 0.6);
            path = $"M{a.Center:0.#} {a.Bottom:0.#} C{a.Center:0.#} {a.Bottom + bend:0.#} {b.Center:0.#} {b.Y - bend:0.#} {b.Center:0.#} {b.Y:0.#}";
        }
        _svg.Append($"""<path class="{(thick ? "proof" : "edge")}" d="{path}"/>""").Append('\n');
    }

    private void Node(int n)
    {
        Box b = _boxes[n];
        _svg.Append($"""<rect class="{(plan.Nodes[n].Supported ? "yes" : "no")}" x="{b.X:0.#}" y="{b.Y:0.#}" width="{b.Width:0}" height="{Box.Height}" rx="5"/>""")
            .Append($"""<text class="node" x="{b.Center:0.#}" y="{b.Middle + 4.5:0.#}">{plan.Nodes[n].Op}</text>""").Append('\n');
    }

    private void Legend(double y)
    {
        double x = Margin + 16;
        Entry($"""<rect class="yes" x="{x}" y="{y - 13}" width="22" height="16" rx="4"/>""", "TensorRT runs the operator");
        Entry($"""<rect class="no" x="{x}" y="{y - 13}" width="22" height="16" rx="4"/>""", "TensorRT does not run it: ONNX Runtime does");
        int engines = plan.IsEngine.Count(e => e);
        Entry($"""<path class="proof" d="M{x} {y - 5} h22"/>""", $"the proof: this path has to enter an engine {engines} times");

        void Entry(string sign, string text)
        {
            _svg.Append(sign).Append($"""<text x="{x + 30}" y="{y}">{text}</text>""").Append('\n');
            x += 30 + text.Length * 7 + 26;
        }
    }
}
