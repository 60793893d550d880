using System.Collections.Immutable;

namespace GraphPartition.Gpc.Requests;

/// <summary>Where the inputs of a run come from.</summary>
/// <param name="TestData">A folder in ONNX test-data form; null: inputs are given one by one, and the others are made up.</param>
/// <param name="Sizes">The sizes of named dimensions of made-up inputs.</param>
internal sealed record InputRequest(string? TestData, IReadOnlyDictionary<string, long> Sizes)
{
    /// <summary>Inputs that are not made up, in the words of <c>--input</c>.</summary>
    public ImmutableArray<string> Given { get; init; } = [];

    /// <summary>Several samples, each for a run of its own; null: there is one run.</summary>
    public SampleRequest? Samples { get; init; }

    /// <summary>The seed of made-up inputs; null: the usual one.</summary>
    public int? Seed { get; init; }
}
