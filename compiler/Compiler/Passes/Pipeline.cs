using GraphPartition.Compiler.Passes.BatchNorm;
using GraphPartition.Compiler.Passes.Elimination;
using GraphPartition.Compiler.Passes.Folding;
using GraphPartition.Compiler.Passes.Loops;
using GraphPartition.Compiler.Passes.Narrowing;
using GraphPartition.Compiler.Passes.Reshapes;
using GraphPartition.Compiler.Passes.Sequences;
using GraphPartition.Compiler.Passes.Siblings;

namespace GraphPartition.Compiler.Passes;

/// <summary>An ordered list of passes with a name.</summary>
/// <param name="Name">The name in options and reports.</param>
/// <param name="Passes">The passes in order.</param>
public sealed record Pipeline(string Name, params ImmutableArray<IGraphPass> Passes)
{
    private static readonly ImmutableArray<IGraphPass> All =
    [
        new EliminateDeadNodes(), new EliminateIdentity(), new InlineConstantIf(), new FoldConstants(), new InlineSqueezeIf(),
        new GiveConditions(), new UnrollLoops(), new SequencesToTensors(), new ReshapeFromShape(), new MergeReshapes(),
        new MergeTransposes(), new UnwrapTransposes(), new MergeCasts(), new FoldBatchNorm(),
        new FuseAffineIntoConv(), new DecomposeBatchNorm(), FuseSiblings.Layers, FuseSiblings.Convolutions,
        new NarrowTypes(), new MergeDuplicates(),
    ];

    /// <summary>No passes.</summary>
    public static Pipeline None { get; } = new("none");

    /// <summary>
    /// The default. Constants come first, since most rules need them. Weights change after the passes that move affine operations,
    /// and layers are fused after their own weights are final. Duplicates are merged last, after their inputs.
    /// </summary>
    public static Pipeline Standard { get; } = Of("standard", new FoldBatchNorm(), new FuseAffineIntoConv(), FuseSiblings.Layers);

    /// <summary>
    /// The standard passes without those that change weights and thereby the last bits of results: with it, a partitioned model
    /// computes bit for bit what the unpartitioned one does.
    /// </summary>
    public static Pipeline Exact { get; } = Of("exact");

    private static ImmutableArray<Pipeline> Pipelines => [Standard, Exact, None];

    /// <summary>The names of all passes.</summary>
    public static IEnumerable<string> Names => All.Select(p => p.Name);

    /// <summary>
    /// Reads names of passes and of pipelines (<c>standard</c>, <c>exact</c>, <c>none</c>) separated by commas, which run in that
    /// order: <c>standard,DecomposeBatchNorm</c>.
    /// </summary>
    /// <exception cref="ModelException">A pass is not known (GP3003).</exception>
    public static Pipeline Parse(string text)
    {
        var passes = ImmutableArray.CreateBuilder<IGraphPass>();
        var unknown = new List<Diagnostic>();
        foreach (string name in text.Split(',', StringSplitOptions.TrimEntries))
            if (Pipelines.FirstOrDefault(p => p.Name == name) is { } pipeline)
            {
                if (name == text) return pipeline;
                passes.AddRange(pipeline.Passes);
            }
            else if (All.FirstOrDefault(p => p.Name == name) is { } pass) passes.Add(pass);
            else unknown.Add(CompilerCodes.UnknownPass.At(name,
                $"known passes are {string.Join(", ", Names)}; pipelines are {string.Join(", ", Pipelines.Select(p => p.Name))}"));
        return unknown.Count == 0 ? new(text, passes.ToImmutable()) : throw new ModelException(unknown);
    }

    private static Pipeline Of(string name, params ReadOnlySpan<IGraphPass> weightPasses) => new(name,
        new EliminateDeadNodes(),
        new FixedPoint(8,
        [
            new EliminateIdentity(), new FoldOptionals(), new InlineConstantIf(), new FoldConstants(), new InlineSqueezeIf(),
                new GiveConditions(), new UnrollLoops(), new SequencesToTensors(),
            new ReshapeFromShape(), new MergeReshapes(), new MergeTransposes(), new UnwrapTransposes(), new MergeCasts(),
                .. weightPasses, new NarrowTypes(), new MergeDuplicates(),
            new EliminateDeadNodes(),
        ]));
}
