using System.Security.Cryptography;
using System.Text;

namespace GraphPartition.MixedPrecision.Debugging;

/// <summary>
/// Which tensors of two models are the same: those of one name, then those that equal operators compute from the same tensors. Casts
/// between floating-point types, Identity and pairs of QuantizeLinear and DequantizeLinear count as nothing, so a model and its
/// converted form match even where a tool renamed everything.
/// </summary>
public static class TensorAlignment
{
    /// <summary>Aligns the tensors that nodes of the main graphs compute.</summary>
    /// <param name="first">The model that is right.</param>
    /// <param name="second">The other model.</param>
    /// <returns>Pairs of values, in the order of the first model; each value is in one pair at most.</returns>
    public static ImmutableArray<(Value First, Value Second)> Of(Graph first, Graph second)
    {
        Value[] xs = [.. Tensors(first)], ys = [.. Tensors(second)];
        var named = new Dictionary<string, Value>();
        foreach (Value y in ys) named.TryAdd(y.Name, y);
        var pairs = new Dictionary<Value, Value>();
        var taken = new HashSet<Value>();
        foreach (Value x in xs)
            if (x.Name.Length > 0 && named.TryGetValue(x.Name, out Value? y) && taken.Add(y)) pairs.Add(x, y);
        Dictionary<Value, string> formsOfX = Forms(first), formsOfY = Forms(second);
        ILookup<string, Value> xsByForm = xs.Where(v => !pairs.ContainsKey(v)).ToLookup(v => formsOfX[v]);
        ILookup<string, Value> ysByForm = ys.Where(v => !taken.Contains(v)).ToLookup(v => formsOfY[v]);
        foreach (IGrouping<string, Value> equal in xsByForm)
        {
            Value[] a = [.. equal], b = [.. ysByForm[equal.Key]];
            if (a.Length == 1 && b.Length > 0) pairs.Add(a[0], b[0]); // of a tensor and its Casts the first
            else if (a.Length == b.Length)
                for (int i = 0; i < a.Length; i++) pairs.Add(a[i], b[i]); // equal parts come in the same order
        }
        return [.. xs.Where(pairs.ContainsKey).Select(x => (x, pairs[x]))];
    }

    private static IEnumerable<Value> Tensors(Graph graph) =>
        graph.Nodes.SelectMany(n => n.Outputs).OfType<Value>().Where(v => v.Tensor is not null);

    /// <summary>How each value is computed, as a hash: the operator, the hashes of its inputs, and which output it is.</summary>
    private static Dictionary<Value, string> Forms(Graph graph)
    {
        var forms = new Dictionary<Value, string>();
        for (int i = 0; i < graph.Inputs.Length; i++) forms[graph.Inputs[i]] = $"input {i}";
        foreach (Value constant in graph.Constants) forms[constant] = FormOf(constant.Data!);
        foreach (Node node in graph.Nodes)
        {
            if (IsNothing(node) && node.Input(0) is { } x)
            {
                forms[node.Outputs[0]!] = forms[x];
                continue;
            }
            string inputs = string.Join(' ', node.Inputs.Select(v => v is null ? "-" : forms.GetValueOrDefault(v, "outer")));
            for (int o = 0; o < node.Outputs.Length; o++)
                if (node.Outputs[o] is { } y) forms[y] = Hash($"{node.Op} {o} {inputs}");
        }
        return forms;
    }

    private static bool IsNothing(Node node) => node.Op.Is("Identity") || node.Op.Is("QuantizeLinear") || node.Op.Is("DequantizeLinear")
        || (node.Op.Is("Cast") && Numbers.IsFloat(node.Input(0)?.ElementType ?? default) && Numbers.IsFloat(node.Outputs[0]!.ElementType));

    /// <summary>Floats may be rounded, so only their dimensions count.</summary>
    private static string FormOf(TensorData data) => Numbers.IsFloat(data.Element) || data is StringTensor
        ? $"constant {string.Join('x', data.Dims)}" : Hash($"{data.Type} {Convert.ToHexString(SHA256.HashData(data.Bytes.Span))}");

    private static string Hash(string text) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..24];
}
