using System.Globalization;
using System.Text.RegularExpressions;
using GraphPartition.Ir.Graphs;

namespace GraphPartition.Compiler.Tests.Support;

/// <summary>
/// One form of an operator with a function body, as a graph of one node: a template whose sizes are open. The names in braces are a batch
/// (n), two lengths (s, t), heads (h) and the size of a head (d); products such as <c>{h*d}</c> are computed.
/// </summary>
internal sealed record BodyForm(string Name, OpName Op, string Template)
{
    private const string Ort = "com.microsoft";

    /// <summary>
    /// Whether a node has the form: its operator and, where the body is the same operator in another form, what that form lacks.
    /// </summary>
    public bool Is(Node node) => node.Op == Op && node.Op.Type switch
    {
        "Pow" => node.Input(1)!.ElementType != node.Input(0)!.ElementType,
        "Softmax" or "LogSoftmax" or "Hardmax" or "ArgMax" or "ArgMin" => node.Input(0)!.Shape!.Rank == 1,
        "Shape" => node.Attributes.Count > 0,
        "Pad" => node.Input(1)!.Data!.ToIntegers()!.Any(p => p < 0),
        _ => true,
    };

    public static IReadOnlyList<BodyForm> All { get; } =
    [
        Of("LayerNormalization", "x: f32[{n},{s},{d}], g: f32[{d}], b: f32[{d}]", "LayerNormalization(x, g, b)"),
        Of("LayerNormalization, two axes, no bias", "x: f32[{n},{s},{d}], g: f32[{s},{d}]", "LayerNormalization(x, g) {axis = 1, epsilon = 0.1}"),
        Of("LayerNormalization, statistics", "x: f32[{n},{s},{d}], g: f32[{d}], b: f32[{d}]", "LayerNormalization(x, g, b)", "y, mean, inverse"),
        Of("Shape from an axis", "x: f32[{n},{s},{d}]", "Shape(x) {start = 1}"),
        Of("Shape up to an axis", "x: f32[{n},{s},{d}]", "Shape(x) {start = -9, end = -1}"),
        Of("Softmax of a vector", "x: f32[{s*d}]", "Softmax(x)"),
        Of("LogSoftmax of a vector", "x: f32[{s*d}]", "LogSoftmax(x) {axis = 0}"),
        Of("Hardmax of a vector", "x: f32[{s*d}]", "Hardmax(x)"),
        Of("ArgMax of a vector", "x: f32[{s*d}]", "ArgMax(x) {keepdims = 0, axis = -1}"),
        Of("ArgMin of a vector", "x: f32[{s*d}]", "ArgMin(x) {select_last_index = 1}"),
        Of("RMSNormalization", "x: f32[{n},{s},{d}], g: f32[{d}]", "RMSNormalization(x, g)"),
        Of("SimplifiedLayerNormalization", "x: f32[{n},{s},{d}], g: f32[{d}]", "SimplifiedLayerNormalization(x, g) {epsilon = 0.01}"),
        Of("GroupNormalization", "x: f32[{n},{h*d},{s},2], g: f32[{h*d}], b: f32[{h*d}]", "GroupNormalization(x, g, b) {num_groups = {h}}"),
        Of("MeanVarianceNormalization", "x: f32[{n},{d},{s},3]", "MeanVarianceNormalization(x)"),
        Of("SkipLayerNormalization", "x: f32[{n},{s},{d}], z: f32[{n},{s},{d}], g: f32[{d}], b: f32[{d}], c: f32[{d}]",
            $"{Ort}::SkipLayerNormalization(x, z, g, b, c)"),
        Of("SkipLayerNormalization, sum", "x: f32[{n},{s},{d}], z: f32[{n},{s},{d}], g: f32[{d}]",
            $"{Ort}::SkipLayerNormalization(x, z, g) {{epsilon = 0.1}}", "y, _, _, sum"),
        Of("SkipSimplifiedLayerNormalization", "x: f32[{n},{s},{d}], z: f32[{n},{s},{d}], g: f32[{d}], c: f32[{d}]",
            $"{Ort}::SkipSimplifiedLayerNormalization(x, z, g, c)"),
        Of("QEmbedLayerNormalization", "s: f32[{n},{s}]",
            $"{Ort}::QEmbedLayerNormalization(ids, _, w, p, _, g, b, _, sw, sp, _, sg, sb, zw, zp, _, zg, zb) {{epsilon = 0.01}}", "y, lengths",
            """
            const w: u8[4,3] = {1, 200, 3, 44, 5, 66, 7, 88, 9, 10, 11, 12}
              const p: u8[5,3] = {1, 2, 33, 4, 55, 6, 77, 8, 9, 10, 11, 12, 13, 14, 15}
              const g: u8[3] = {10, 20, 30}
              const b: u8[3] = {3, 2, 1}
              const sw: f32[] = {0.1}
              const sp: f32[] = {0.2}
              const sg: f32[] = {0.03}
              const sb: f32[] = {0.04}
              const zw: u8[] = {100}
              const zp: u8[] = {7}
              const zg: u8[] = {0}
              const zb: u8[] = {128}
              const none: f32[] = {0}
              zeros = Mul(s, none)
              ids = Cast(zeros) {to = 6}
            """).Returning("y"),
        Of("GatherBlockQuantized of 4 bits", "s: f32[{n}]",
            $"{Ort}::GatherBlockQuantized(w, i, scales) {{block_size = 16, quantize_axis = 1, bits = 4}}", constants: Table("")),
        Of("GatherBlockQuantized of 4 bits, zero points", "s: f32[{n}]",
            $"{Ort}::GatherBlockQuantized(w, i, scales, zeros) {{block_size = 16, quantize_axis = 1, bits = 4}}",
            constants: Table("const zeros: u8[2,1] = {18, 243}")),
        Of("Gelu", "x: f32[{n},{d}]", "Gelu(x)"),
        Of("Gelu by tanh", "x: f32[{n},{d}]", "Gelu(x) {approximate = \"tanh\"}"),
        Of("BiasGelu", "x: f32[{n},{d}], b: f32[{d}]", $"{Ort}::BiasGelu(x, b)"),
        Of("FastGelu", "x: f32[{n},{d}], b: f32[{d}]", $"{Ort}::FastGelu(x, b)"),
        Of("QuickGelu", "x: f32[{n},{d}]", $"{Ort}::QuickGelu(x)"),
        Of("Swish", "x: f32[{n},{d}]", "Swish(x) {alpha = 0.5}"),
        Of("Mish", "x: f32[{n},{d}]", "Mish(x)"),
        Of("HardSwish", "x: f32[{n},{d}]", "HardSwish(x)"),
        Of("Celu", "x: f32[{n},{d}]", "Celu(x) {alpha = 0.7}"),
        Of("Pow, integer exponent", "x: f32[{n},{d}]", "Pow(x, three)", constants: "const three: i64[] = {3}"),
        Of("Pad, negative", "x: f32[{2*n},{2*d},{s}]", "Pad(x, pads)", constants: "const pads: i64[6] = {-1, 2, 0, 1, -1, 3}"),
        Of("Pad, cut along one axis", "x: f32[{2*n},{2*d},{s}]", "Pad(x, pads, _, axes) {mode = \"edge\"}",
            constants: "const pads: i64[2] = {-1, 0}\n  const axes: i64[1] = {-2}"),
        Of("CenterCropPad", "x: f32[{2*n},{2*d},{s}]", "CenterCropPad(x, sizes) {axes = [-1, 0]}", constants: "const sizes: i64[2] = {4, 3}"),
        Of("CenterCropPad, all axes", "x: f32[{n},{2*d},{s}]", "CenterCropPad(x, sizes)", constants: "const sizes: i64[3] = {2, 5, 2}"),
        Of("FusedMatMul", "x: f32[{n},{d},{s}], z: f32[{n},{t},{d}]",
            $"{Ort}::FusedMatMul(x, z) {{alpha = 0.3, transA = 1, transB = 1}}"),
        Of("FusedMatMul, batch moved", "x: f32[{s},{n},{d}], z: f32[{d},{n},{t}]", $"{Ort}::FusedMatMul(x, z) {{transBatchA = 1, transBatchB = 1}}"),
        Of("FusedMatMul, batch moved and transposed", "x: f32[{d},{n},{s}], z: f32[{n},{d},{t}]",
            $"{Ort}::FusedMatMul(x, z) {{transA = 1, transBatchA = 1}}"),
        Of("FusedConv", "x: f32[{n},{d},6,6], w: f32[{t},{d},3,3], b: f32[{t}]",
            $"{Ort}::FusedConv(x, w, b) {{activation = \"LeakyRelu\", activation_params = [0.2], pads = [1, 1, 1, 1]}}"),
        Of("FusedGemm", "x: f32[{n},{d}], w: f32[{d},{t}], b: f32[{t}]", $"{Ort}::FusedGemm(x, w, b) {{activation = \"Relu\", alpha = 0.5}}"),
        Of("Attention", "q: f32[{n},{h},{s},{d}], k: f32[{n},{h},{t},{d}], v: f32[{n},{h},{t},{d}]", "Attention(q, k, v)"),
        Of("Attention, causal", "q: f32[{n},{h},{s},{d}], k: f32[{n},{h},{s},{d}], v: f32[{n},{h},{s},{d}]", "Attention(q, k, v) {is_causal = 1}"),
        Of("Attention, mask and scale", "q: f32[{n},{h},{s},{d}], k: f32[{n},{h},{t},{d}], v: f32[{n},{h},{t},{d}], m: f32[{s},{t}]",
            "Attention(q, k, v, m) {scale = 0.3}"),
        Of("Attention, packed heads, shared", "q: f32[{n},{s},{2*h*d}], k: f32[{n},{t},{h*d}], v: f32[{n},{t},{h*d}]",
            "Attention(q, k, v) {kv_num_heads = {h}, q_num_heads = {2*h}}"),
        Of("Attention, cache", "q: f32[{n},{h},{s},{d}], k: f32[{n},{h},{s},{d}], v: f32[{n},{h},{s},{d}], pk: f32[{n},{h},{t},{d}], pv: f32[{n},{h},{t},{d}]",
            "Attention(q, k, v, _, pk, pv) {is_causal = 1}", "y, k2, v2"),
        Of("MultiHeadAttention", "q: f32[{n},{s},{h*d}], k: f32[{n},{t},{h*d}], v: f32[{n},{t},{h*d}], b: f32[{3*h*d}]",
            $"{Ort}::MultiHeadAttention(q, k, v, b) {{num_heads = {{h}}}}"),
        Of("Attention of ONNX Runtime", "x: f32[{n},{s},{h*d}], w: f32[{h*d},{3*h*d}], b: f32[{3*h*d}]",
            $"{Ort}::Attention(x, w, b) {{num_heads = {{h}}}}"),
        Of("Attention of ONNX Runtime, causal", "x: f32[{n},{s},{h*d}], w: f32[{h*d},{3*h*d}], b: f32[{3*h*d}]",
            $"{Ort}::Attention(x, w, b) {{num_heads = {{h}}, unidirectional = 1}}"),
        GroupQuery("first tokens", "{n}", "{s}", cached: "0", node: "q, k, v, _, _, last, all"),
        GroupQuery("first tokens, window, bound", "{n}", "{s}", cached: "0", node: "q, k, v, _, _, last, all",
            "local_window_size = 2, softcap = 3.0"),
        GroupQuery("turned, interleaved", "{n}", "{s}", cached: "0", node: "q, k, v, _, _, last, all, cos, sin",
            "do_rotary = 1, rotary_interleaved = 1"),
        GroupQuery("next token", "{n}", "1", cached: "{t}", node: "q, k, v, pk, pv, last, all", "scale = 0.3"),
        GroupQuery("next token, turned", "{n}", "1", cached: "{t}", node: "q, k, v, pk, pv, last, all, cos, sin", "do_rotary = 1"),
        GroupQuery("next token, shorter samples", "{n}", "1", cached: "{t}", node: "q, k, v, pk, pv, shorter, all, cos, sin",
            "do_rotary = 1", results: "y"),
        GroupQuery("next tokens of one sample", "1", "{s}", cached: "{t}", node: "q, k, v, pk, pv, last, all, cos, sin", "do_rotary = 1"),
        GroupQuery("packed, bias", "{n}", "{s}", cached: "0", node: "qkv, _, _, _, _, last, all, _, _, _, bias"),
        Linear("linear, heads share keys", "{s}", "linear", "q, k, v"),
        Linear("gated, heads share keys", "{s}", "gated", "q, k, v, past, decay"),
        Linear("delta, one step", "1", "delta", "q, k, v, past, _, beta"),
        Linear("gated delta", "{s}", "gated_delta", "q, k, v, _, decay, beta"),
        Of("RotaryEmbedding", "x: f32[{n},{h},{s},{2*d}], c: f32[{n},{s},{d}], i: f32[{n},{s},{d}]", "RotaryEmbedding(x, c, i)"),
        Of("RotaryEmbedding, interleaved, packed", "x: f32[{n},{s},{2*h*d}], c: f32[{n},{s},{d}], i: f32[{n},{s},{d}]",
            "RotaryEmbedding(x, c, i) {interleaved = 1, num_heads = {h}}"),
        Of("Einsum in capitals", "x: f32[{n},{s},{d}], z: f32[{n},{t},{d}]", "Einsum(x, z) {equation = \"NSD,NTD->NST\"}"),
        Of("Einsum, heads", "x: f32[{n},{s},{h},{d}], z: f32[{n},{t},{h},{d}]", "Einsum(x, z) {equation = \"nshd,nthd->nhst\"}"),
        Of("Einsum, two axes summed", "x: f32[{n},{s},{d}], z: f32[{d},{s},{t}]", "Einsum(x, z) {equation = \"nsd,dst->tn\"}"),
        Of("Einsum, outer product", "x: f32[{n},{s}], z: f32[{t}]", "Einsum(x, z) {equation = \"ns,t->tsn\"}"),
        Of("Einsum, sum and order", "x: f32[{n},{s},{d}]", "Einsum(x) {equation = \"nsd->dn\"}"),
        Of("Einsum, no arrow", "x: f32[{n},{s},{d}], z: f32[{n},{d},{t}]", "Einsum(x, z) {equation = \"bij, bjk\"}"),
        Of("Einsum, three factors", "x: f32[{n},{s}], z: f32[{s},{d}], u: f32[{d},{t}]", "Einsum(x, z, u) {equation = \"ns,sd,dt->nt\"}"),
    ];

    /// <summary>The graph with sizes in place of the open ones.</summary>
    public string Text(int n, int s, int t, int h, int d)
    {
        var sizes = new Dictionary<string, int> { ["n"] = n, ["s"] = s, ["t"] = t, ["h"] = h, ["d"] = d };
        int SizeOf(string factor) => sizes.TryGetValue(factor, out int size) ? size : int.Parse(factor, CultureInfo.InvariantCulture);
        return Regex.Replace(Template, @"\{([0-9*]*[nsthd][nsthd0-9*]*)\}", m =>
            m.Groups[1].Value.Split('*').Aggregate(1, (product, f) => product * SizeOf(f)).ToString(CultureInfo.InvariantCulture));
    }

    public override string ToString() => Name;

    /// <summary>A table of two rows, each of two blocks of 16 numbers of 4 bits.</summary>
    private static string Table(string zeros) => $$"""
        const w: u8[2,16] = { {{string.Join(", ", Enumerable.Range(0, 32).Select(i => i * 37 % 256))}} }
          const scales: f32[2,2] = {0.1, 0.2, 0.3, 0.4}
          {{zeros}}
          const none: f32[] = {0}
          nothing = Mul(s, none)
          i = Cast(nothing) {to = 7}
        """;

    /// <summary>GroupQueryAttention: two heads of 16 numbers share a key; the longest sample has all tokens.</summary>
    private static BodyForm GroupQuery(
        string what, string batch, string count, string cached, string node, string attributes = "", string results = "y, k2, v2")
    {
        string inputs = node.StartsWith("qkv", StringComparison.Ordinal)
            ? $"qkv: f32[{batch},{count},{{64*h}}], bias: f32[1,1,{count},{count}]"
            : $"q: f32[{batch},{count},{{32*h}}], k: f32[{batch},{count},{{16*h}}], v: f32[{batch},{count},{{16*h}}]";
        if (node.Contains("pk", StringComparison.Ordinal))
            inputs += $", pk: f32[{batch},{{h}},{cached},16], pv: f32[{batch},{{h}},{cached},16]";
        if (node.Contains("cos", StringComparison.Ordinal)) inputs += ", cos: f32[16,8], sin: f32[16,8]";
        string x = inputs[..inputs.IndexOf(':')];
        string lengths = $$"""
            const cached: i64[1] = { {{cached}} }
              const one: i64[1] = {1}
              const two: i64[1] = {2}
              const zero: i64[] = {0}
              const step: i64[] = {1}
              samples = Shape({{x}}) {end = 1}
              new = Shape({{x}}) {start = 1, end = 2}
              total = Add(new, cached)
              end = Sub(total, one)
              each = Expand(end, samples)
              count = Squeeze(samples)
              sample = Range(zero, count, step)
              less = Mod(sample, two)
              short = Sub(each, less)
              last = Cast(each) {to = 6}
              shorter = Cast(short) {to = 6}
              all = Cast(total) {to = 6}
            """;
        string more = attributes.Length == 0 ? "" : ", " + attributes;
        string call = $"{Ort}::GroupQueryAttention({node}) {{num_heads = {{2*h}}, kv_num_heads = {{h}}{more}}}";
        return Of($"GroupQueryAttention, {what}", inputs, call, "y, k2, v2", lengths).Returning(results);
    }

    /// <summary>LinearAttention: three heads of the query share a key of twice as many numbers as the value has.</summary>
    private static BodyForm Linear(string what, string time, string rule, string node) => Of($"LinearAttention, {what}",
        string.Join(", ", node.Split(", ").Select(input => input switch
        {
            "q" => $"q: f32[{{n}},{time},{{6*h*d}}]",
            "k" => $"k: f32[{{n}},{time},{{2*h*d}}]",
            "v" => $"v: f32[{{n}},{time},{{h*d}}]",
            "past" => "past: f32[{n},{h},{2*d},{d}]",
            "decay" => $"decay: f32[{{n}},{time},{{h}}]",
            "beta" => $"beta: f32[{{n}},{time},{{h}}]",
            _ => "",
        }).Where(input => input.Length > 0)),
        $"{Ort}::LinearAttention({node}) {{q_num_heads = {{3*h}}, kv_num_heads = {{h}}, update_rule = \"{rule}\"}}", "y, state");

    /// <summary>The form with only some of its outputs compared.</summary>
    private BodyForm Returning(string results) => this with { Template = Regex.Replace(Template, @"-> \(.*?\)", $"-> ({results})") };

    private static BodyForm Of(string name, string inputs, string node, string outputs = "y", string constants = "")
    {
        string op = node[..node.IndexOf('(')];
        string[] parts = op.Split("::");
        string results = string.Join(", ", outputs.Split(", ").Where(o => o != "_"));
        return new(name, parts.Length == 2 ? new OpName(parts[0], parts[1]) : op,
            $"graph g({inputs}) -> ({results}) {{\n  {constants}\n  {outputs} = {node}\n}}");
    }
}
