using GraphPartition.Compiler.Passes.Infrastructure;
using GraphPartition.Compiler.Passes.Reshapes;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Rewriting;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;

namespace GraphPartition.Compiler.Passes.Folding;

/// <summary>The nodes of a graph that are to become constants, and the results that the evaluator gave.</summary>
internal sealed class ConstantExpressions
{
    private readonly Dictionary<Value, TensorData> _results = [];
    private readonly HashSet<Node> _folded = [];
    private readonly Graph _graph;
    private readonly PassContext _context;
    private readonly IGraphPass _pass;
    private readonly bool _isBody;

    private ConstantExpressions(Graph graph, PassContext context, IGraphPass pass, bool isBody) =>
        (_graph, _context, _pass, _isBody) = (graph, context, pass, isBody);

    /// <summary>Chooses and computes.</summary>
    public static ConstantExpressions Of(Graph graph, PassContext context, IGraphPass pass, bool isBody)
    {
        var expressions = new ConstantExpressions(graph, context, pass, isBody);
        if (context.Evaluator is not null && expressions.Choose() is { Count: > 0 } chosen) expressions.Compute(chosen);
        return expressions;
    }

    /// <summary>Whether the node is to be folded.</summary>
    public bool Contains(Node node) => _folded.Contains(node);

    /// <summary>A result of a node that is to be folded.</summary>
    public TensorData this[Value result] => _results[result];

    /// <summary>Nodes that may be folded, in topological order. Those whose elements are known need no evaluator.</summary>
    private List<Node> Choose()
    {
        var chosen = new List<Node>();
        HashSet<Value>? computed = null;
        Func<Value, bool> isComputedBefore = v => computed?.Contains(v) == true;
        foreach (Node node in _graph.Nodes)
        {
            if (!IsConstant(node, isComputedBefore) || ShapeArithmetic.Tells(node) || _context.IsUnevaluable(node) || !MayFold(node)) continue;
            chosen.Add(node);
            foreach (Value? v in node.Outputs)
                if (v is not null) (computed ??= []).Add(v);
        }
        return chosen;
    }

    private static bool IsConstant(Node node, Func<Value, bool> computed)
    {
        foreach (Value? v in node.Inputs)
            if (v is not null && !IsConstant(v, computed)) return false;
        foreach (Value v in node.Captures)
            if (!IsConstant(v, computed)) return false;
        return true;
    }

    private static bool IsConstant(Value v, Func<Value, bool> computed) => v.IsConstant || computed(v);

    private bool MayFold(Node node)
    {
        if (!_context.IsPure(node))
        {
            _context.Refuse(_pass, node, "the operator is random or unknown");
            return false;
        }
        if (node.Op.Type is "QuantizeLinear" or "DequantizeLinear" or "DynamicQuantizeLinear")
        {
            _context.Refuse(_pass, node, "it tells TensorRT how the weight is quantised");
            return false;
        }
        long bytes = 0;
        foreach (Value? v in node.Outputs)
        {
            if (v?.Type is OptionalType) return false; // ONNX Runtime 1.29 crashes when it is asked for one; no constant could hold it
            bytes += v?.Tensor?.ByteCount ?? 0;
        }
        return Fits(node, bytes);
    }

    private bool Fits(Node node, long bytes)
    {
        long limit = _context.FoldLimit;
        if (bytes <= limit) return true;
        limit += DyingBytes(node);
        if (bytes <= limit) return true;
        _context.Refuse(_pass, node, $"the constant would have {bytes} bytes, the limit is {limit}");
        return false;
    }

    /// <summary>Bytes of inputs that only this node uses.</summary>
    private long DyingBytes(Node node)
    {
        long bytes = 0;
        foreach (Value? v in node.Inputs)
            if (v is not null && !_isBody && _graph.Uses.HasSingleUse(v)) bytes += v.Data?.ByteCount ?? v.Tensor?.ByteCount ?? 0;
        return bytes;
    }

    private void Compute(List<Node> chosen)
    {
        if (TryCompute(chosen) is { } reason)
            foreach (Node node in chosen)
                if (IsConstant(node, _results.ContainsKey) && (chosen.Count == 1 ? reason : TryCompute([node])) is { } own)
                {
                    _context.SetUnevaluable(node);
                    _context.Scope.Report(Codes.NotEvaluated.At(node.Label, own));
                    _context.Refuse(_pass, node, "the evaluator failed: " + own);
                }
        foreach (Node node in chosen)
            if (IsComputed(node)) _folded.Add(node);
    }

    /// <summary>Computes all results of nodes; the reason where that fails.</summary>
    private string? TryCompute(List<Node> nodes)
    {
        var builder = new GraphBuilder(DeclaredTypes.Instance) { Name = "constants" };
        var known = new HashSet<Value>();
        List<Value> results = [];
        var copies = new Dictionary<Value, Value>(); // results of earlier models are constants of this one
        foreach (Node node in nodes)
        {
            foreach (Value? v in node.Inputs)
                if (v is not null) Use(v);
            foreach (Value v in node.Captures) Use(v);
            foreach (Value? v in node.Outputs)
                if (v is not null && known.Add(v) && v.Type is TensorType or UnknownType) results.Add(v); // sequences are only on the way
        }
        if (results.Count == 0) return null;
        var substitution = new Substitution(copies);
        foreach (Node node in nodes) substitution.Append(builder, node);
        Evaluation evaluation = _context.Evaluator!.Evaluate(_context.Around(builder.Build([.. results])));
        if (evaluation.Failure is { } reason) return reason;
        for (int i = 0; i < results.Count; i++)
            if (evaluation.Values[i] is { } data) _results[results[i]] = data;
        return null;

        void Use(Value v)
        {
            if (!known.Add(v)) return;
            if (v.IsConstant) builder.Constant(v);
            else if (_results.TryGetValue(v, out TensorData? data)) copies.Add(v, builder.Constant(v.Name, data));
        }
    }

    /// <summary>Whether all results are tensors, and not larger than they may be (which the type need not have told).</summary>
    private bool IsComputed(Node node)
    {
        long bytes = 0;
        foreach (Value? v in node.Outputs)
        {
            if (v is null) continue;
            if (!_results.TryGetValue(v, out TensorData? data)) return false;
            bytes += data.ByteCount;
        }
        if (Fits(node, bytes)) return true;
        _context.SetUnevaluable(node);
        return false;
    }
}
