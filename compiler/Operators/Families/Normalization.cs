namespace GraphPartition.Operators.Families;

/// <summary>Normalization, softmax and dropout: the output has the input's shape.</summary>
internal static class Normalization
{
    private static readonly LowPrecision StatisticsInFull = new()
    {
        Risk = (n, _) => n.Attributes.Int("stash_type", 1) == 1 ? null : "its statistics are not computed in FP32 (stash_type)",
    };

    private static readonly OperatorDefinition
        Common = Pure with { Types = Elementwise.SameAsFirst, Sizes = Rising, OrtCuda = OnDevice },
        AlongOne = Common with { Types = AlongAxis, Rows = n => Along(n, n.Attributes.Int("axis", -1)), Opsets = [new(13, Flattened)] },
        OfLayers = Common with
        {
            Types = n => Statistics(n, n.ElementAttribute("stash_type", ElementType.Float32)),
            Rows = n => Layer(n, n.Attributes.Int("axis", -1), 1, 2),
            LowPrecision = StatisticsInFull,
        };

    public static OperatorFamily Family => new()
    {
        ["Hardmax"] = AlongOne with { OrtCuda = null, Body = VectorBodies.Normalized("Hardmax") },
        ["Softmax"] = AlongOne with
        {
            LowPrecision = LowPrecision.Follows,
            Work = PerElement(Work.Transcendental + 3),
            MindSpore = Same,
            Body = VectorBodies.Normalized("Softmax"),
        },
        ["LogSoftmax"] = AlongOne with
        {
            Work = PerElement(Work.Transcendental + 4),
            MindSpore = Same,
            Body = VectorBodies.Normalized("LogSoftmax"),
        },
        ["LpNormalization"] = Common with { Rows = n => Along(n, n.Attributes.Int("axis", -1)) },
        ["InstanceNormalization"] = Common with
        {
            Check = NodeChecks.InstanceNormalization,
            Work = PerElement(8),
            Rows = n => Channels(n, 1, 2),
        },
        ["GroupNormalization"] = Common with
        {
            Check = NodeChecks.GroupNormalization,
            Work = PerElement(8),
            Rows = n => Channels(n, 1, 2),
            Opsets = [new(21, ScalePerChannel, ScalePerGroup)],
            LowPrecision = StatisticsInFull,
            Body = NormalizationBodies.GroupNormalization,
        },
        ["LRN"] = Common with
        {
            Check = NodeChecks.Lrn,
            Work = Work.Of(n => 2 * Work.Count(n.Input(0)) * n.Attributes.Int("size", 1)),
            Rows = n => Channels(n),
        },
        ["MeanVarianceNormalization"] = Common with { OrtCuda = null, Rows = MeanVariance, Body = NormalizationBodies.MeanVarianceNormalization },
        ["ImageScaler"] = Common with { OrtCuda = null },
        ["LayerNormalization"] = OfLayers with
        {
            Check = NodeChecks.LayerNormalization,
            Work = PerElement(8),
            MindSpore = new("LayerNorm", n => n.Input(2) is null ? "its LayerNorm has a beta" : null),
            Body = NormalizationBodies.LayerNormalization,
        },
        ["RMSNormalization"] = OfLayers with
        {
            Types = n => Statistics(n, ElementType.Undefined),
            Work = PerElement(5),
            Body = NormalizationBodies.RmsNormalization,
        },
        ["SimplifiedLayerNormalization"] = OfLayers with { OrtCuda = null, Body = NormalizationBodies.RmsNormalization },
        ["BatchNormalization"] = Common with
        {
            Types = BatchNormalization,
            Work = Work.Simple,
            Rows = BatchNormalization,
            LowPrecision = LowPrecision.Follows with
            {
                FullInputs = [1, 2, 3, 4], // a variance above 65504, and scale / sqrt(variance) in the type of the statistics
                Risk = (n, _) => n.Attributes.Int("training_mode") != 0 ? "it computes statistics of a batch" : null,
            },
            Opsets =
            [
                NoTraining,
                new(9, PerPosition),
                new(14,
                    e => Enumerable.Range(1, 4).Any(e.HasOutput) ? "it returns the statistics of training" : null,
                    e => e.Take("training_mode") is IntAttribute { Value: not 0 } ? "training mode" : null),
            ],
            FewestOutputs = n => n.Attributes.Int("training_mode") != 0 ? 3 : 1, // running_mean and running_var
            MindSpore = new("BatchNorm",
                n => n.Attributes.Int("training_mode") != 0 ? "it is in training mode" : Known(1, 2, 3, 4)(n)),
        },
        ["Dropout"] = new()
        {
            LowPrecision = LowPrecision.Follows with
            {
                FullInputs = [1],
                Risk = (n, _) => IsInference(n, 12) ? null : "it draws random numbers",
            },
            Types = Dropout,
            Sizes = Rising,
            Work = Work.View,
            Identity = (n, opset) => IsInference(n, opset) ? 0 : -1,
            IsRandom = n => n.Input(2) is not null && !IsFilledWith(n.Input(2), 0),
            Rows = Dropout,
            Opsets =
            [
                NoTraining,
                new(10, e => e.HasOutput(1) ? e.CastOutput(1, e.Input(0)?.ElementType ?? ElementType.Undefined) : null), // the mask is bool
                ToInput(12, "ratio", 1),
            ],
        },
    };

    /// <summary>So many operations for each element.</summary>
    private static Work PerElement(double operations) => Work.Of(n => operations * Work.Count(n.Input(0)));

    /// <summary>The first output has the input's shape; the others that shape with 1 from the axis on.</summary>
    public static void Statistics(NodeTyping n, ElementType statistics)
    {
        n.Set(0, n.Shape(0));
        if (n.Shape(0) is not { } shape || n.Axis("axis", -1, shape.Rank) is not { } axis) return;
        var dims = new Dim[shape.Rank];
        for (int i = 0; i < dims.Length; i++) dims[i] = i < axis ? shape[i] : 1;
        for (int i = 1; i < n.OutputCount; i++) n.Set(i, statistics, new Shape(dims));
    }

    private static void AlongAxis(NodeTyping n)
    {
        if (n.Shape(0) is { Rank: > 0 } shape) n.Axis("axis", -1, shape.Rank);
        n.Set(0, n.Shape(0));
    }

    private static void BatchNormalization(NodeTyping n)
    {
        if (n.Shape(0) is { Rank: >= 2 } x)
            for (int i = 1; i < 5; i++)
                if (n.Shape(i) is { Rank: 1 } s) n.Same(x[1], s[0], $"the channels of {x} and the length of input {i}");
        n.Set(0, n.Shape(0));
        for (int i = 1; i < n.OutputCount; i++) n.Set(i, n.Shape(Math.Min(i + 2, 4)));
    }

    private static void Dropout(NodeTyping n)
    {
        n.Set(0, n.Shape(0));
        n.Set(1, ElementType.Bool, n.Shape(0));
    }

    private static BatchAnswer BatchNormalization(BatchNode n)
    {
        bool trains = n.Attributes.Int("training_mode") != 0 || n.Node.Outputs.Skip(1).Any(o => o is not null);
        if (n.In(0).HasRows && trains) return "it takes the statistics of the whole batch";
        return n.In(0).Axis == 1 ? "the batch is its channel axis" : n.WhyNotFixed(1, 2, 3, 4) ?? (BatchAnswer)n.In(0);
    }

    /// <summary>Statistics of a sample: axis 0 is that of samples, axis 1 that of channels.</summary>
    private static BatchAnswer Channels(BatchNode n, params int[] weights) =>
        n.In(0).Axis > 0 ? "the batch is not its first axis" : n.WhyNotFixed(weights) ?? (BatchAnswer)n.In(0);

    /// <summary>All axes from one on are normalized together. Further outputs are statistics, of size 1 along these axes.</summary>
    public static BatchAnswer Layer(BatchNode n, long first, params int[] weights)
    {
        BatchFact x = n.In(0);
        if (BatchNode.Axis(first, x.Rank) is not { } axis) return x.HasRows ? "its axis is not known" : BatchAnswer.Of(x, x, x);
        if (x.Axis >= axis) return "it normalizes over the batch";
        foreach (int i in weights)
            if (n.Has(i) && (n.WhyNotFixed(i) ?? BatchNode.WhyNotAligned(n.In(i), x.Axis, x.Rank)) is { } reason) return reason;
        BatchFact statistics = BatchFact.Of(x.Axis, [.. x.Dims.Select((d, i) => i >= axis ? Extent.One : d)]);
        return BatchAnswer.Of(x, statistics, statistics);
    }

    private static BatchAnswer MeanVariance(BatchNode n)
    {
        BatchFact x = n.In(0);
        if (!x.HasRows) return x;
        long[] axes = n.Attributes.Ints("axes") is { IsDefault: false } given ? [.. given] : [0, 2, 3];
        return axes.Any(a => BatchNode.Axis(a, x.Rank) is not { } axis || axis == x.Axis) ? "it normalizes over the batch" : x;
    }

    /// <summary>Without training it hands its input on, and its mask is true everywhere.</summary>
    private static BatchAnswer Dropout(BatchNode n)
    {
        if (n.Has(2) && n.In(2).Only?.Is(0) != true) return "it draws random numbers in training";
        return BatchAnswer.Of(n.In(0), n.In(0));
    }

    /// <summary>
    /// Whether a Dropout only passes its input: before opset 7 an attribute decides, from 12 on an input; between, it always
    /// does.
    /// </summary>
    private static bool IsInference(Node node, int opset) =>
        opset < 7 ? node.Attributes.Int("is_test") != 0 : node.Input(2) is null || IsFilledWith(node.Input(2), 0);

    /// <summary>
    /// BatchNormalization before opset 9 with spatial = 0: the statistics have the shape of a sample, [C, D1, ...], and each position is
    /// normalized by its own: y = (x - mean) / sqrt(var + epsilon) * scale + B.
    /// </summary>
    private static string? PerPosition(NodeEdit edit)
    {
        if (edit.Take("spatial") is not IntAttribute { Value: 0 }) return null;
        if (Enumerable.Range(1, 4).Any(edit.HasOutput)) return "it returns the statistics of training for each position (spatial = 0)";
        float epsilon = edit.Take("epsilon") is FloatAttribute given ? given.Value : 1e-5f;
        if (NodeEdit.FloatScalar(edit.Input(0)?.ElementType ?? ElementType.Undefined, epsilon) is not { } scalar)
            return "it normalizes each position separately (spatial = 0), and its type is not known";
        Value deviation = edit.Emit("Sqrt", [edit.Emit("Add", [edit.Input(4), edit.Constant(scalar)])]);
        Value normal = edit.Emit("Div", [edit.Emit("Sub", [edit.Input(0), edit.Input(3)]), deviation]);
        Value scaled = edit.Emit("Mul", [normal, edit.Input(1)]);
        edit.Op = "Add";
        edit.Attributes = AttributeMap.Empty;
        edit.SetInputs(scaled, edit.Input(2));
        return null;
    }

    /// <summary>Softmax, LogSoftmax and Hardmax before opset 13 act on all dimensions from 'axis' (default 1) on, as one.</summary>
    private static string? Flattened(NodeEdit edit)
    {
        long axis = edit.Take("axis") is IntAttribute a ? a.Value : 1;
        if (IsOverOneDimension(edit.Shape(0), axis))
        {
            edit.Set("axis", axis);
            return null;
        }
        Value x = edit.Input(0)!;
        Value shape = edit.Emit("Shape", [x]);
        Value flat = edit.Emit("Flatten", [x], AttributeMap.Of(("axis", axis)));
        Value result = edit.Emit(edit.Op.Type, [flat], AttributeMap.Of(("axis", -1L)));
        edit.Op = "Reshape";
        edit.Attributes = AttributeMap.Empty;
        edit.SetInputs(result, shape);
        return null;
    }

    /// <summary>Whether all dimensions behind the axis are 1, so that both meanings agree.</summary>
    private static bool IsOverOneDimension(Shape? shape, long axis)
    {
        if (shape is null) return axis == -1;
        if (axis < 0) axis += shape.Rank;
        if (axis < 0 || axis >= shape.Rank) return false;
        for (int i = (int)axis + 1; i < shape.Rank; i++)
            if (!shape[i].Is(1)) return false;
        return true;
    }

    /// <summary>GroupNormalization before opset 21 has one scale and bias for each group; since 21, for each channel.</summary>
    private static string? ScalePerChannel(NodeEdit edit)
    {
        long groups = edit.Attributes.Int("num_groups");
        if (edit.Shape(0) is not { Rank: >= 2 } shape || !shape[1].IsKnown) return "the number of channels is not known";
        if (groups <= 0 || shape[1].Size % groups != 0) return $"{shape[1].Size} channels do not make {groups} groups";
        for (int input = 1; input <= 2; input++)
        {
            Value column = edit.Emit("Unsqueeze", [edit.Input(input), edit.Integers(1)]);
            Value table = edit.Emit("Expand", [column, edit.Integers(groups, shape[1].Size / groups)]);
            edit.SetInput(input, edit.Emit("Reshape", [table, edit.Integers(-1)]));
        }
        return null;
    }

    /// <summary>
    /// GroupNormalization of opset 18 has one scale for all channels of a group. So separate nodes scale the channels after it:
    /// y = GroupNorm(x, 1, 0) * scale + bias, with scale and bias as [C, 1, ..., 1].
    /// </summary>
    private static string? ScalePerGroup(NodeEdit edit)
    {
        if (edit.Shape(0) is not { Rank: >= 2 } shape) return "the rank is not known";
        if (edit.Take("stash_type") is IntAttribute { Value: not 1 }) return "stash_type is not 1";
        ElementType element = edit.Input(0)!.ElementType;
        long groups = edit.Attributes.Int("num_groups");
        if (NodeEdit.FloatScalar(element, 1) is not { } one || NodeEdit.FloatScalar(element, 0) is not { } zero)
            return $"the type is {element.Keyword()}";
        Value count = edit.Integers(groups);
        Value ones = edit.Emit("Expand", [edit.Constant(one), count]), zeros = edit.Emit("Expand", [edit.Constant(zero), count]);
        Value normal = edit.Emit("GroupNormalization", [edit.Input(0), ones, zeros], edit.Attributes);
        long[] column = [.. Enumerable.Range(0, shape.Rank - 1).Select(i => i == 0 ? -1L : 1L)];
        Value columnShape = edit.Integers(column);
        Value scaled = edit.Emit("Mul", [normal, edit.Emit("Reshape", [edit.Input(1), columnShape])]);
        Value bias = edit.Emit("Reshape", [edit.Input(2), columnShape]);
        edit.Op = "Add";
        edit.Attributes = AttributeMap.Empty;
        edit.SetInputs(scaled, bias);
        return null;
    }
}
