using System.Security.Cryptography;
using System.Text;
using GraphPartition.CompiledModels;
using GraphPartition.Operators.Schemas;

namespace GraphPartition.Compiler.Comparing;

/// <summary>
/// Texts that are equal for nodes of equal structure, whatever the nodes and values are called. A form from above says how a node is
/// computed from the inputs of the graph; a form from below says how the outputs of the graph come from it. O(nodes + edges).
/// </summary>
/// <param name="graph">A graph, or a body.</param>
/// <param name="outer">The form of a value of the graphs around it.</param>
internal sealed class NodeForms(Graph graph, Func<Value, string> outer)
{
    /// <summary>A form from above for each node.</summary>
    /// <param name="withWeights">Whether the numbers of weights count; if not, only their types do.</param>
    public string[] FromAbove(bool withWeights)
    {
        var forms = new Dictionary<Value, string>();
        for (int i = 0; i < graph.Inputs.Length; i++) forms[graph.Inputs[i]] = $"input {i}";
        string[] all = new string[graph.Nodes.Length];
        for (int n = 0; n < all.Length; n++)
        {
            Node node = graph.Nodes[n];
            all[n] = Short($"{Own(node)}({string.Join(' ', node.Inputs.Select(FormOf))})");
            for (int o = 0; o < node.Outputs.Length; o++)
                if (node.Outputs[o] is { } value) forms[value] = $"{all[n]}.{o}";
        }
        return all;

        string FormOf(Value? v) => v is null ? "-" : v.Data is { } data ? FormOfConstant(data, withWeights)
            : forms.GetValueOrDefault(v) ?? outer(v);
    }

    /// <summary>A form from below for each node; types of weights count, their numbers do not.</summary>
    public string[] FromBelow()
    {
        var readers = new Dictionary<Value, List<string>>();
        for (int i = 0; i < graph.Outputs.Length; i++) Add(graph.Outputs[i], $"output {i}");
        string[] all = new string[graph.Nodes.Length];
        for (int n = all.Length - 1; n >= 0; n--)
        {
            Node node = graph.Nodes[n];
            all[n] = Short($"{Own(node)}({ConstantsOf(node)})->{string.Join('|', node.Outputs.Select(ReadersOf))}");
            for (int i = 0; i < node.Inputs.Length; i++)
                if (node.Inputs[i] is { } value) Add(value, $"{all[n]}.{i}");
            foreach (Value value in node.Captures) Add(value, $"{all[n]}.body");
        }
        return all;

        void Add(Value value, string reader)
        {
            if (!readers.TryGetValue(value, out List<string>? list)) readers.Add(value, list = []);
            list.Add(reader);
        }

        string ReadersOf(Value? v) => v is null || !readers.TryGetValue(v, out List<string>? list) ? ""
            : string.Join(' ', list.Order(StringComparer.Ordinal));
    }

    /// <summary>A form for each node of its operator and its weights; empty where no weight is large enough to be only its own.</summary>
    public string[] OfWeights() =>
    [
        .. graph.Nodes.Select(n => n.Inputs.Any(v => v is { Data.ElementCount: > SmallWeight })
            ? $"{n.Op} {string.Join(' ', n.Inputs.Select(v => v?.Data is { } data ? FormOfConstant(data, withWeights: true) : ""))}" : ""),
    ];

    /// <summary>A form for each node of its operator, the types of its outputs and, on request, of its constants.</summary>
    public string[] OfTypes(bool withConstants) =>
    [
        .. graph.Nodes.Select(n => $"{n.Op} {string.Join(' ', n.Outputs.Select(v => v?.Type))} "
            + (withConstants ? ConstantsOf(n) : "")),
    ];

    private const int SmallWeight = 16; // elements; smaller ones are often equal by chance

    /// <summary>The attributes that are not what the operator has anyway: exporters differ in which defaults they write.</summary>
    public static AttributeMap Stated(Node node)
    {
        OperatorSchema? schema = node.Version == 0 ? OperatorSchemas.Default.Canonical(node.Op)
            : OperatorSchemas.Default.Find(node.Op, node.Version);
        return AttributeMap.Of([.. node.Attributes.Where(a => !IsDefault(a.Key, a.Value))]);

        bool IsDefault(string name, AttributeValue value) => schema?.Attribute(name)?.Default is { } known ? IsSame(known, value)
            : node.Op.Domain.Length == 0 && value is IntsAttribute { Values: var numbers } && name switch
            {
                "strides" or "dilations" => numbers.All(n => n == 1),
                "pads" => numbers.All(n => n == 0),
                "kernel_shape" => node.Op.Is("Conv") || node.Op.Is("ConvTranspose"), // the weight has it
                _ => false,
            };
    }

    /// <summary>Whether two attributes have the same kind and value.</summary>
    public static bool IsSame(AttributeValue a, AttributeValue b) =>
        ContentKey.Of(AttributeMap.Of(("", a))) == ContentKey.Of(AttributeMap.Of(("", b)));

    private static string Own(Node node) => $"{node.Op} {node.Version} {ContentKey.Of(Stated(node))} {node.Outputs.Length}";

    private static string ConstantsOf(Node node) =>
        string.Join(' ', node.Inputs.Select(v => v?.Data is { } data ? FormOfConstant(data, withWeights: false) : ""));

    /// <summary>Whole numbers are sizes, axes or indices, so they belong to the structure.</summary>
    private static string FormOfConstant(TensorData data, bool withWeights) =>
        withWeights || !Numbers.IsFloat(data.Element) ? Convert.ToHexString(data.Digest) : data.Type.ToString();

    private static string Short(string text) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));
}
