using System.Text;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;

namespace GraphPartition.Ir.Text;

/// <summary>
/// The text form of graphs and models: one line for each constant and node, attributes sorted, weights as digests; made for
/// reading and for diffs. The tests have a parser for it, so the text holds all that it does not shorten to a digest.
/// <code>
/// graph main(x: f32[N,3]) -> (y) {
///   const w: f32[3,4] = #2c26b46b68ffc68f
///   h: f32[N,4] = MatMul(x, w) "dense/matmul"
///   y: f32[N,4] = LeakyRelu(h) {alpha = 0.2}
/// }
/// </code>
/// Names that are not made of letters, digits and <c>_ / . - + $</c> are quoted; <c>_</c> is an input or output left out;
/// the metadata of a value follows it in parentheses (<see cref="ValueMetadata"/>);
/// <c>Op@11</c> keeps the meaning of opset 11 (<see cref="Node.Version"/>).
/// </summary>
public sealed class GraphPrinter
{
    private readonly StringBuilder _text = new();
    private readonly PrintOptions _options;
    private ValueNames _names;
    private int _depth;

    private GraphPrinter(Graph graph, PrintOptions options)
    {
        _options = options;
        _names = new ValueNames(graph);
    }

    /// <summary>The text of a main graph.</summary>
    public static string Print(Graph graph, PrintOptions? options = null)
    {
        var printer = new GraphPrinter(graph, options ?? PrintOptions.Default);
        printer.Print("graph ", TextForm.Name(graph.Name), graph, []);
        return printer._text.Append('\n').ToString();
    }

    /// <summary>The text of a model: its header, the main graph and the functions.</summary>
    public static string Print(Model model, PrintOptions? options = null)
    {
        var printer = new GraphPrinter(model.Graph, options ?? PrintOptions.Default);
        printer.Print(model);
        return printer._text.ToString();
    }

    private void Print(Model model)
    {
        _text.Append("model {\n  ").Append(Opsets(model.Opsets)).Append('\n');
        if (model.ProducerName.Length + model.ProducerVersion.Length > 0)
            _text.Append($"  producer {TextForm.Quoted(model.ProducerName)} {TextForm.Quoted(model.ProducerVersion)}\n");
        if (model.Domain.Length > 0) _text.Append("  domain ").Append(TextForm.Quoted(model.Domain)).Append('\n');
        if (model.ModelVersion != 0) _text.Append("  version ").Append(model.ModelVersion).Append('\n');
        Print(model.Metadata, "  ", "\n");
        foreach (ReadOnlyMemory<byte> training in _options.Metadata ? model.Training : [])
        {
            _text.Append("  training ");
            Print(training.Span);
            _text.Append('\n');
        }
        _text.Append("}\n");
        Print("graph ", TextForm.Name(model.Graph.Name), model.Graph, []);
        _text.Append('\n');
        foreach (Function function in model.Functions)
        {
            _names = new ValueNames(function.Body);
            List<string> head = [Opsets(function.Opsets)];
            if (function.Attributes.Length > 0) head.Add("attributes " + string.Join(", ", function.Attributes.Select(TextForm.Name)));
            if (function.Defaults.Count > 0) head.Add("defaults " + Detached(function.Defaults));
            if (function.Metadata is { } metadata && _options.Metadata) head.AddRange(ValueMetadataText.Print(metadata));
            Print("function ", TextForm.Op(function.Name), function.Body, head);
            _text.Append('\n');
        }
    }

    private void Print(string keyword, string name, Graph graph, List<string> head)
    {
        _text.Append(keyword).Append(name).Append('(');
        for (int i = 0; i < graph.Inputs.Length; i++)
        {
            Value v = graph.Inputs[i];
            Separate(i);
            Typed(v);
            Append(v.Metadata);
            if (graph.Defaults.TryGetValue(v, out TensorData? data))
                _text.Append(" = ").Append(TypeText.Print(data.Type)).Append(' ').Append(TensorText.Content(data, _options));
        }
        _text.Append(") -> (").AppendJoin(", ", graph.Outputs.Select(Name)).Append(") {\n");
        _depth++;
        foreach (string line in head) Indent().Append(line).Append('\n');
        if (graph.Metadata is { } metadata && _options.Metadata)
            foreach (string line in ValueMetadataText.Print(metadata)) Indent().Append(line).Append('\n');
        foreach (Value v in graph.Constants)
        {
            Indent().Append("const ").Append(Name(v)).Append(": ").Append(TypeText.Print(v.Data!.Type));
            Append(v.Metadata);
            _text.Append(" = ").Append(TensorText.Content(v.Data, _options)).Append('\n');
        }
        foreach (Node node in graph.Nodes) Print(node);
        _depth--;
        Indent().Append('}');
    }

    private void Print(Node node)
    {
        Indent();
        for (int i = 0; i < node.Outputs.Length; i++)
        {
            Separate(i);
            if (node.Outputs[i] is { } v)
            {
                Typed(v);
                Append(v.Metadata);
            }
            else _text.Append('_');
        }
        if (node.Outputs.Length == 0) _text.Append("()");
        _text.Append(" = ").Append(TextForm.Op(node.Op));
        if (node.Version != 0) _text.Append('@').Append(node.Version);
        _text.Append('(');
        for (int i = 0; i < node.Inputs.Length; i++)
        {
            Separate(i);
            _text.Append(node.Inputs[i] is { } v ? Name(v) : "_");
        }
        _text.Append(')');
        if (node.Attributes.Count > 0) Print(node.Attributes);
        if (node.Name.Length > 0) _text.Append(' ').Append(TextForm.Quoted(node.Name));
        if (node.Metadata is { } metadata) Print(metadata, " ", "");
        _text.Append('\n');
    }

    private void Print(AttributeMap attributes)
    {
        _text.Append(" {");
        int i = 0;
        foreach ((string name, AttributeValue value) in attributes)
        {
            Separate(i++);
            _text.Append(TextForm.Name(name)).Append(" = ");
            Print(value);
            Append(value.Metadata);
        }
        _text.Append('}');
    }

    private void Print(AttributeValue value)
    {
        switch (value)
        {
            case IntAttribute v: _text.Append(v.Value); break;
            case FloatAttribute v: _text.Append(TextForm.Number(v.Value)); break;
            case StringAttribute v: Print(v.Bytes.Span); break;
            case TensorAttribute v: Print(v.Value); break;
            case SparseTensorAttribute v: Print(v.Value); break;
            case TypeAttribute v: _text.Append("type(").Append(TypeText.Print(v.Value)).Append(')'); break;
            case GraphAttribute v: Print("graph ", TextForm.Name(v.Value.Name), v.Value, []); break;
            case IntsAttribute v: List("ints", v.Values, i => _text.Append(i)); break;
            case FloatsAttribute v: List("floats", v.Values, f => _text.Append(TextForm.Number(f))); break;
            case StringsAttribute v: List("strings", v.Values, s => _text.Append(TextForm.Bytes(s.Span))); break;
            case TensorsAttribute v: List("tensors", v.Values, Print); break;
            case SparseTensorsAttribute v: List("sparse_tensors", v.Values, Print); break;
            case GraphsAttribute v: List("graphs", v.Values, g => Print("graph ", TextForm.Name(g.Name), g, [])); break;
            case TypesAttribute v: List("types", v.Values, t => _text.Append("type(").Append(TypeText.Print(t)).Append(')')); break;
            case ReferenceAttribute v:
                string kind = (uint)v.Kind < TextForm.Kinds.Length ? TextForm.Kinds[v.Kind]
                    : v.Kind.ToString(System.Globalization.CultureInfo.InvariantCulture);
                _text.Append('@').Append(TextForm.Name(v.Parameter)).Append(':').Append(kind);
                break;
            default: _text.Append(value); break; // a kind of the tests, which has its text
        }
    }

    /// <summary>A list in brackets; an empty one names its kind.</summary>
    private void List<T>(string kind, ImmutableArray<T> values, Action<T> print)
    {
        if (values.Length == 0) _text.Append(kind);
        _text.Append('[');
        for (int i = 0; i < values.Length; i++)
        {
            Separate(i);
            print(values[i]);
        }
        _text.Append(']');
    }

    private void Print(TensorData data) => _text.Append(TypeText.Print(data.Type)).Append(' ').Append(TensorText.Content(data, _options));

    private void Print(SparseTensorData data)
    {
        _text.Append("sparse[").AppendJoin(",", data.Dims).Append("](");
        Print(data.Values);
        _text.Append(", ");
        Print(data.Indices);
        _text.Append(')');
    }

    private void Print(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length <= _options.FullBytes) _text.Append(TextForm.Bytes(bytes));
        else _text.Append("bytes[").Append(bytes.Length).Append("] #")
            .Append(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes).AsSpan(0, TextForm.DigestBytes)));
    }

    private void Print(Metadata metadata, string before, string after)
    {
        if (!_options.Metadata) return;
        foreach (string line in ValueMetadataText.Print(metadata)) _text.Append(before).Append(line).Append(after);
    }

    /// <summary>Attributes as a text of their own.</summary>
    private string Detached(AttributeMap attributes)
    {
        int start = _text.Length;
        Print(attributes);
        string text = _text.ToString(start + 1, _text.Length - start - 1);
        _text.Length = start;
        return text;
    }

    private static string Opsets(ImmutableSortedDictionary<string, int> opsets) =>
        opsets.Count == 0 ? "opset"
            : "opset " + string.Join(", ", opsets.Select(o => o.Key.Length == 0 ? $"{o.Value}" : $"{TextForm.Name(o.Key)} = {o.Value}"));

    private void Typed(Value v)
    {
        _text.Append(Name(v));
        if (v.Type is not UnknownType) _text.Append(": ").Append(TypeText.Print(v.Type));
    }

    private void Append(ValueMetadata? metadata)
    {
        if (metadata is not null && _options.Metadata) _text.Append(" (").AppendJoin(", ", ValueMetadataText.Print(metadata)).Append(')');
    }

    private string Name(Value v) => TextForm.Name(_names[v]);

    private void Separate(int index)
    {
        if (index > 0) _text.Append(", ");
    }

    private StringBuilder Indent() => _text.Append(' ', 2 * _depth);
}
