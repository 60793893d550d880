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
        "Pad" => node.Input(1)!.Data!.ToIntegers()!.Any(p => p < 0),
        _ => true,
    };

    public static IReadOnlyList<BodyForm> All { get; } =
    [
        Of("LayerNormalization", "x: f32[{n},{s},{d}], g: f32[{d}], b: f32[{d}]", "LayerNormalization(x, g, b)"),
        Of("LayerNormalization, two axes, no bias", "x: f32[{n},{s},{d}], g: f32[{s},{d}]", "LayerNormalization(x, g) {axis = 1, epsilon = 0.1}"),
        Of("LayerNormalization, statistics", "x: f32[{n},{s},{d}], g: f32[{d}], b: f32[{d}]", "LayerNormalization(x, g, b)", "y, mean, inverse"),
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

    private static BodyForm Of(string name, string inputs, string node, string outputs = "y", string constants = "")
    {
        string op = node[..node.IndexOf('(')];
        string[] parts = op.Split("::");
        string results = string.Join(", ", outputs.Split(", ").Where(o => o != "_"));
        return new(name, parts.Length == 2 ? new OpName(parts[0], parts[1]) : op,
            $"graph g({inputs}) -> ({results}) {{\n  {constants}\n  {outputs} = {node}\n}}");
    }
}
