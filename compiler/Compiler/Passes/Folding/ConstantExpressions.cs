using GraphPartition.Ir.Rewriting;

namespace GraphPartition.Compiler.Passes.Folding;

/// <summary>The nodes of a graph that become constants, and the results that the evaluator computed.</summary>
internal sealed class ConstantExpressions
{
    private readonly Dictionary<Value, TensorData> _results = [];
    private readonly HashSet<Node> _folded = [];
    private readonly RewriteContext _rewrite;
    private readonly PassContext _context;
    private readonly Predicate<Node>? _only;

    private ConstantExpressions(RewriteContext rewrite, Predicate<Node>? only) =>
        (_rewrite, _context, _only) = (rewrite, rewrite.Context, only);

    /// <summary>Chooses the nodes and computes them.</summary>
    /// <param name="rewrite">The graph.</param>
    /// <param name="only">The only nodes that may be chosen, whatever their size; null: those within the limit.</param>
    public static ConstantExpressions Of(RewriteContext rewrite, Predicate<Node>? only = null)
    {
        var expressions = new ConstantExpressions(rewrite, only);
        if (rewrite.Context.Evaluator is not null && expressions.Choose() is { Count: > 0 } chosen) expressions.Compute(chosen);
        return expressions;
    }

    /// <summary>Whether the node becomes constants.</summary>
    public bool Contains(Node node) => _folded.Contains(node);

    /// <summary>A result of a node that becomes constants.</summary>
    public TensorData this[Value result] => _results[result];

    /// <summary>Replaces the results of a node by what they are.</summary>
    /// <returns>Whether the node becomes constants.</returns>
    public bool Replace(Node node)
    {
        if (!Contains(node)) return false;
        foreach (Value? result in node.Outputs)
            if (result is not null) _rewrite.Replace(result, _rewrite.Builder.Constant(result.Name, _results[result], result.Metadata));
        return true;
    }

    /// <summary>Nodes that may be folded, in topological order. Those with known elements need no evaluator.</summary>
    private List<Node> Choose()
    {
        var chosen = new List<Node>();
        HashSet<Value>? computed = null;
        Func<Value, bool> isComputedBefore = v => computed?.Contains(v) == true;
        foreach (Node node in _rewrite.Source.Nodes)
        {
            if (!IsConstant(node, isComputedBefore) || ShapeArithmetic.Knows(node)
                || _context.IsUnevaluable(node) || !MayFold(node)) continue;
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
            _rewrite.Refuse(node, "the operator is random or unknown");
            return false;
        }
        if (_only is not null) return _only(node);
        if (node.Op.Type is "QuantizeLinear" or "DequantizeLinear" or "DynamicQuantizeLinear")
        {
            _rewrite.Refuse(node, "it tells TensorRT how the weight is quantized");
            return false;
        }
        long bytes = 0;
        foreach (Value? v in node.Outputs)
        {
            if (v?.Type is OptionalType) return false; // ONNX Runtime 1.29 crashes on such an output; no constant could hold it
            bytes += v?.Tensor?.ByteCount ?? 0;
        }
        return Fits(node, bytes);
    }

    private bool Fits(Node node, long bytes)
    {
        long limit = _context.FoldLimit;
        if (bytes <= limit || _only is not null) return true;
        limit += BytesOfOwnInputs(node);
        if (bytes <= limit) return true;
        _rewrite.Refuse(node, $"the constant would have {bytes} bytes, the limit is {limit}");
        return false;
    }

    /// <summary>Bytes of inputs that only this node uses; they go with it.</summary>
    private long BytesOfOwnInputs(Node node)
    {
        long bytes = 0;
        foreach (Value? v in node.Inputs)
            if (v is not null && !_rewrite.IsBody && _rewrite.Source.Uses.HasSingleUse(v))
                bytes += v.Data?.ByteCount ?? v.Tensor?.ByteCount ?? 0;
        return bytes;
    }

    private void Compute(List<Node> chosen)
    {
        if (TryCompute(chosen) is { } reason)
            foreach (Node node in chosen)
                if (IsConstant(node, _results.ContainsKey) && (chosen.Count == 1 ? reason : TryCompute([node])) is { } own)
                {
                    _context.SetUnevaluable(node);
                    _context.Scope.Report(CompilerCodes.NotEvaluated.At(node.Label, own));
                    _rewrite.Refuse(node, "the evaluator failed: " + own);
                }
        foreach (Node node in chosen)
            if (IsComputed(node)) _folded.Add(node);
    }

    /// <summary>Computes all results of the nodes.</summary>
    /// <returns>Null, or the reason why the evaluator failed.</returns>
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
                if (v is not null && known.Add(v) && v.Type is TensorType or UnknownType) results.Add(v); // sequences are only intermediate
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

    /// <summary>Whether all results are tensors within the limit, which the types need not have shown before.</summary>
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
