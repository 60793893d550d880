namespace GraphPartition.Operators.Solving;

/// <summary>
/// The conclusions that the shape rule of an operator allows about the ranks of one node, in both directions. Forward, the rule itself
/// gives the ranks of outputs. Backward, an input of open rank is tried with every rank: a rank is possible if the rule reports no error
/// and gives each output the rank that it has. A single possible rank is a proof. So no second table of facts has to follow the rules.
/// </summary>
/// <remarks>
/// Ranks are tried up to <see cref="Beyond"/> above the largest number that the node mentions: its known ranks, its axes, the length of
/// its lists. Above that, every rule does the same for each further rank: it reports an error, or the output grows with the input. So a
/// conclusion is valid only if the last ranks tried are impossible.
/// </remarks>
internal sealed class RankRules(OperatorTable operators)
{
    /// <summary>The rank is not known.</summary>
    public const int Open = -1;

    /// <summary>There is no such value, or it is not a tensor.</summary>
    public const int None = -2;

    private const int Beyond = 3;
    private const int MostNumbers = 16; // larger numbers in attributes are sizes, not axes or ranks
    private const int MostScratch = 1000; // diagnostics of trials, then a new scope

    private readonly Dictionary<Question, (ulong Ranks, string? Objection)> _known = [];
    private readonly Dictionary<(ElementType, int), Value> _ofRank = [];
    private BuildScope _scratch = new();

    /// <summary>Sets ranks that follow from others.</summary>
    /// <param name="node">The node.</param>
    /// <param name="ranks">The ranks of its inputs, then of its outputs.</param>
    /// <returns>The error of the rule; null if the ranks are possible.</returns>
    public string? Conclude(Node node, Span<int> ranks)
    {
        if (operators.Of(node) is not { InfersShapes: true } op) return null;
        bool isPlain = IsPlain(node);
        if (Question.Of(node, ranks, isPlain) is not { } question) return Conclude(op, node, ranks, isPlain: false);
        if (_known.TryGetValue(question, out var answer))
        {
            Unpack(answer.Ranks, ranks);
            return answer.Objection;
        }
        string? objection = Conclude(op, node, ranks, isPlain);
        if (Pack(ranks) is { } result) _known.Add(question, (result, objection));
        return objection;
    }

    /// <summary>
    /// Everything that the answer for a node without attributes depends on. Large graphs have the same question often, and it is answered
    /// once. It contains the ranks, and which inputs are the same value. If more than the ranks decides, it also has each input: the value
    /// itself if its numbers are known, else its type.
    /// </summary>
    private readonly record struct Question(OpName Op, ulong Ranks, ulong Same, object? First, object? Second, object? Third)
    {
        public static Question? Of(Node node, ReadOnlySpan<int> ranks, bool isPlain)
        {
            ImmutableArray<Value?> inputs = node.Inputs;
            if (node.Attributes.Count > 0 || node.Version != 0 || (!isPlain && inputs.Length > 3)
                || Pack(ranks) is not { } packed) return null;
            ulong same = 0;
            for (int i = 0; i < inputs.Length; i++)
            {
                int first = 0;
                while (!ReferenceEquals(inputs[first], inputs[i])) first++;
                same = same << 4 | (uint)first;
            }
            return isPlain ? new(node.Op, packed, same, null, null, null)
                : new(node.Op, packed, same, Of(node.Input(0)), Of(node.Input(1)), Of(node.Input(2)));
        }

        private static object? Of(Value? input) => input is { IsConstant: true } or { Elements: not null } ? input : input?.Type;
    }

    private string? Conclude(Operator op, Node node, Span<int> ranks, bool isPlain)
    {
        var inputs = new Value?[node.Inputs.Length];
        for (int i = 0; i < inputs.Length; i++) inputs[i] = Known(node, i, ranks[i], isPlain);
        for (bool isChanged = true; isChanged;)
        {
            isChanged = false;
            (NodeInference forward, string? objection) = Infer(op, node, inputs);
            if (objection is not null) return objection;
            for (int o = 0; o < node.Outputs.Length; o++)
            {
                ref int rank = ref ranks[inputs.Length + o];
                if (rank == None || forward.Result(o).Type is not TensorType { Shape: { } shape }) continue;
                if (rank == Open) rank = shape.Rank;
                else if (rank != shape.Rank) return $"output {o} has {rank} dimensions, the operator gives {shape.Rank}";
            }
            for (int i = 0; i < inputs.Length; i++)
            {
                if (ranks[i] != Open) continue;
                if (OnlyRank(op, node, inputs, i, ranks) is not { } only) continue;
                isChanged = true;
                for (int j = i; j < inputs.Length; j++)
                    if (ReferenceEquals(node.Inputs[j], node.Inputs[i])) (ranks[j], inputs[j]) = (only, OfRank(node.Inputs[i]!, only));
            }
        }
        return null;
    }

    private int? OnlyRank(Operator op, Node node, Value?[] inputs, int input, ReadOnlySpan<int> ranks)
    {
        int last = Largest(node, ranks) + Beyond, only = -1;
        var trial = (Value?[])inputs.Clone();
        for (int rank = 0; rank <= last; rank++)
        {
            for (int j = input; j < inputs.Length; j++)
                if (ReferenceEquals(node.Inputs[j], node.Inputs[input])) trial[j] = OfRank(node.Inputs[input]!, rank);
            if (!IsPossible(op, node, trial, ranks[inputs.Length..])) continue;
            if (only >= 0) return null;
            only = rank;
        }
        return only >= 0 && only < last - 1 ? only : null;
    }

    private bool IsPossible(Operator op, Node node, Value?[] inputs, ReadOnlySpan<int> outputs)
    {
        (NodeInference trial, string? objection) = Infer(op, node, inputs);
        if (objection is not null) return false;
        for (int o = 0; o < outputs.Length; o++)
            if (outputs[o] >= 0 && trial.Result(o).Type is TensorType { Shape: { } shape } && shape.Rank != outputs[o]) return false;
        return true;
    }

    private (NodeInference Inference, string? Objection) Infer(Operator op, Node node, Value?[] inputs)
    {
        if (_scratch.Diagnostics.Count > MostScratch) _scratch = new();
        int before = _scratch.Diagnostics.Count;
        var inference = new NodeInference(node.Op, node.Version, [.. inputs], node.Attributes, node.Outputs.Length, operators, _scratch);
        op.InferShapes(inference);
        for (int d = before; d < _scratch.Diagnostics.Count; d++)
            if (_scratch.Diagnostics[d] is { Code: var code, Message: var message }
                && (code == ModelCodes.ShapesContradict || code == ModelCodes.WrongAttribute)) return (inference, message);
        return (inference, null);
    }

    private Value? Known(Node node, int input, int rank, bool isPlain) =>
        node.Inputs[input] is not { } value || rank < 0 || (!isPlain && value.Shape is not null) ? node.Inputs[input] : OfRank(value, rank);

    /// <summary>A value of the element type of another, with this rank.</summary>
    private Value OfRank(Value like, int rank)
    {
        if (!_ofRank.TryGetValue((like.ElementType, rank), out Value? value))
            _ofRank.Add((like.ElementType, rank), value = new Value("", IrType.Tensor(like.ElementType, Shape.OfRank(rank))));
        return value;
    }

    /// <summary>Whether ranks alone decide: then equal ranks of other nodes have the same answer.</summary>
    private static bool IsPlain(Node node)
    {
        if (node.Attributes.Count > 0 || node.Version != 0) return false;
        foreach (Value? v in node.Inputs)
            if (v is { IsConstant: true } or { Elements: not null }) return false;
        return true;
    }

    /// <summary>The largest rank, axis or length of a list that the node mentions.</summary>
    private static int Largest(Node node, ReadOnlySpan<int> ranks)
    {
        int largest = 0;
        foreach (int rank in ranks) largest = Math.Max(largest, rank);
        foreach (var (_, value) in node.Attributes) See(value switch
        {
            IntAttribute a => Math.Abs(Math.Max(a.Value, -MostNumbers - 1)),
            IntsAttribute a => Math.Max(a.Values.Length, a.Values.Select(v => Math.Abs(Math.Max(v, -MostNumbers - 1)))
                .Where(v => v <= MostNumbers).DefaultIfEmpty().Max()),
            StringAttribute a => a.Bytes.Length, // an equation has at most as many axes as letters
            _ => 0,
        });
        foreach (Value? v in node.Inputs)
        {
            if (v?.Elements is { } elements) See(elements.Length);
            if (v?.Data is { } data) See(data.ElementCount);
        }
        return largest;

        void See(long number)
        {
            if (number <= MostNumbers) largest = Math.Max(largest, (int)number);
        }
    }

    /// <summary>Up to 12 ranks below 30 as one number.</summary>
    private static ulong? Pack(ReadOnlySpan<int> ranks)
    {
        if (ranks.Length > 12) return null;
        ulong key = 1;
        foreach (int rank in ranks)
        {
            if (rank >= 30) return null;
            key = key << 5 | (uint)(rank + 2);
        }
        return key;
    }

    private static void Unpack(ulong key, Span<int> ranks)
    {
        for (int i = ranks.Length - 1; i >= 0; i--, key >>= 5) ranks[i] = (int)(key & 31) - 2;
    }
}
