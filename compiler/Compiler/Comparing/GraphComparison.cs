using System.Globalization;

namespace GraphPartition.Compiler.Comparing;

/// <summary>Compares graphs with their bodies and collects what changed.</summary>
internal sealed class GraphComparison
{
    private const int MostElements = 16; // constants of more elements are weights, not sizes or axes

    private readonly HashSet<(Value, Value)> _compared = [];

    public List<ChangedNode> Nodes { get; } = [];

    public List<ChangedWeight> Weights { get; } = [];

    public int Matched { get; private set; }

    public int Renamed { get; private set; }

    public int Retyped { get; private set; }

    public int ComparedWeights { get; private set; }

    /// <summary>Compares two graphs.</summary>
    /// <param name="before">The first graph.</param>
    /// <param name="after">The second graph.</param>
    /// <param name="scope">What comes before the names of nodes: the node around a body.</param>
    /// <param name="outerBefore">The form of a value around the first graph.</param>
    /// <param name="outerAfter">The form of a value around the second graph; equal for values that match.</param>
    public void Compare(Graph before, Graph after, string scope, Func<Value, string> outerBefore, Func<Value, string> outerAfter)
    {
        var matching = new NodeMatching(before, after, outerBefore, outerAfter);
        string FormBefore(Value v) => FormOf(before, v, n => matching.TwinOf(n) >= 0 ? n : -1) ?? outerBefore(v);
        string FormAfter(Value v) => FormOf(after, v, matching.TwinOfSecond) ?? outerAfter(v);
        for (int n = 0; n < before.Nodes.Length; n++)
        {
            Node here = before.Nodes[n];
            if (matching.TwinOf(n) is not (>= 0 and var twin))
            {
                Nodes.Add(new(scope + here.DisplayName, null, here.Op.ToString(), []));
                continue;
            }
            Node there = after.Nodes[twin];
            Matched++;
            if (here.DisplayName != there.DisplayName) Renamed++;
            if (here.Outputs.Zip(there.Outputs).Any(p => !Equals(p.First?.Type, p.Second?.Type))) Retyped++;
            string[] changes = [.. Changes(here, there), .. Reads(here, there, FormBefore, FormAfter), .. Constants(scope, here, there)];
            if (changes.Length > 0) Nodes.Add(new(scope + here.DisplayName, scope + there.DisplayName, here.Op.ToString(), [.. changes]));
            foreach ((Graph body, Graph other, int b) in here.Attributes.Bodies().Zip(there.Attributes.Bodies())
                .Select((p, b) => (p.First, p.Second, b)))
                Compare(body, other, $"{scope}{here.DisplayName}[{b}]/", FormBefore, FormAfter);
        }
        for (int n = 0; n < after.Nodes.Length; n++)
            if (matching.TwinOfSecond(n) < 0) Nodes.Add(new(null, scope + after.Nodes[n].DisplayName, after.Nodes[n].Op.ToString(), []));
        foreach ((Value x, Value y, int o) in before.Outputs.Zip(after.Outputs).Select((p, o) => (p.First, p.Second, o)))
            if (IsOther(FormBefore(x), FormAfter(y)))
                Nodes.Add(new($"{scope}output {o}", $"{scope}output {o}", "", [$"it is '{y.Name}' and was '{x.Name}', which another node computes"]));
    }

    /// <summary>What a value is, by the number of its node in the first graph; null: it is not of this graph.</summary>
    private static string? FormOf(Graph graph, Value v, Func<int, int> numberOf)
    {
        if (graph.Inputs.IndexOf(v) is >= 0 and var place) return $"input {place}";
        if (graph.Uses.IdOf(v) is not (>= 0 and var id) || graph.Uses.ProducerOf(id) is not (>= 0 and var producer)) return null;
        return numberOf(producer) is >= 0 and var number ? $"node {number} {graph.Nodes[producer].Outputs.IndexOf(v)}" : "";
    }

    private static bool IsOther(string before, string after) => before.Length > 0 && after.Length > 0 && before != after;

    private static IEnumerable<string> Changes(Node here, Node there)
    {
        if (here.Op != there.Op) yield return $"{here.Op} became {there.Op}";
        AttributeMap before = NodeForms.Stated(here), after = NodeForms.Stated(there);
        foreach (string name in before.Concat(after).Select(a => a.Key).Distinct())
            if (before[name] is not (GraphAttribute or GraphsAttribute)
                && !(before[name] is { } a && after[name] is { } b && NodeForms.IsSame(a, b)))
                yield return $"{name} was {Text(before[name])} and is {Text(after[name])}";
        if (here.Attributes.Bodies().Length != there.Attributes.Bodies().Length) yield return "the number of its bodies changed";
    }

    /// <summary>That it reads past a node which is new or gone follows from that node.</summary>
    private static IEnumerable<string> Reads(Node here, Node there, Func<Value, string> formBefore, Func<Value, string> formAfter)
    {
        for (int i = 0; i < Math.Max(here.Inputs.Length, there.Inputs.Length); i++)
        {
            if (here.Input(i) is not { } x || there.Input(i) is not { } y)
            {
                if (here.Input(i) != there.Input(i)) yield return $"input {i} is {(there.Input(i) is null ? "left out now" : "new")}";
            }
            else if (x.IsConstant != y.IsConstant) yield return $"input {i} {(y.IsConstant ? "became a constant" : "is no constant any more")}";
            else if (!x.IsConstant && IsOther(formBefore(x), formAfter(y))) yield return $"input {i} is '{y.Name}' and was '{x.Name}', which another node computes";
        }
    }

    /// <summary>Small whole numbers are part of what a node does; other constants are weights.</summary>
    private List<string> Constants(string scope, Node here, Node there)
    {
        List<string> changes = [];
        for (int i = 0; i < Math.Min(here.Inputs.Length, there.Inputs.Length); i++)
        {
            if (here.Inputs[i] is not { Data: { } x } first || there.Inputs[i] is not { Data: { } y } second
                || !_compared.Add((first, second))) continue;
            ComparedWeights++;
            if (x.Digest.SequenceEqual(y.Digest)) continue;
            if (x.ToIntegers(MostElements) is { } a && y.ToIntegers(MostElements) is { } b)
                changes.Add($"input {i} was [{string.Join(", ", a)}] and is [{string.Join(", ", b)}]");
            else
            {
                SignalQuality? quality = SignalQuality.Between(x, y);
                Weights.Add(new(scope + here.DisplayName, i, Text(x), Text(y), quality?.MaxAbsolute, quality?.MaxRelative,
                    quality?.Decibels));
            }
        }
        return changes;

        static string Text(TensorData data) => $"{data.Type} {Convert.ToHexStringLower(data.Digest[..6])}";
    }

    private static string Text(AttributeValue? value) => value switch
    {
        null => "not given",
        IntAttribute a => $"{a.Value}",
        FloatAttribute a => a.Value.ToString(CultureInfo.InvariantCulture),
        StringAttribute a => $"'{a.Text}'",
        IntsAttribute a => $"[{string.Join(", ", a.Values)}]",
        FloatsAttribute a => $"[{string.Join(", ", a.Values.Select(f => f.ToString(CultureInfo.InvariantCulture)))}]",
        _ => "another value",
    };
}
