using System.Globalization;
using GraphPartition.Ir.Types;
using GraphPartition.Runtime.Batching.Proof;
using GraphPartition.Runtime.Execution;

namespace GraphPartition.Runtime.Batching;

/// <summary>
/// Which models can be batched, and what a request is. Dimension 0 of every input and output must be one and the same symbol, and
/// <see cref="BatchProof"/> must show that rows of the batch do not meet.
/// </summary>
internal sealed class RequestReader
{
    private readonly Graph _graph;
    private readonly bool _stacks;

    /// <summary>A reader for a model.</summary>
    /// <param name="graph">The model's graph.</param>
    /// <param name="options">Whether there are batches, and whether the caller answers for it that rows do not meet.</param>
    /// <exception cref="ModelException">The model cannot be batched (GP5011).</exception>
    public RequestReader(Graph graph, BatchingOptions options)
    {
        _graph = graph;
        _stacks = options.MaxBatch > 1;
        if (!_stacks) return;
        string? symbol = null;
        foreach (Value value in graph.Inputs.Concat(graph.Outputs))
        {
            if (value.Type is not TensorType { Element: not ElementType.String, Shape: { Rank: > 0 } shape }
                || shape[0].Symbol is not { } name)
                throw RuntimeCodes.NotBatchable.Error(value.Name, $"its type is {value.Type}: dimension 0 has to be open, and named");
            symbol ??= name;
            if (symbol != name) throw RuntimeCodes.NotBatchable.Error(value.Name, $"dimension 0 is '{name}' here and '{symbol}' elsewhere");
        }
        if (symbol is not null && !options.AllowUnproven && BatchProof.FindFault(graph, symbol) is var (where, reason))
            throw RuntimeCodes.NotBatchable.Error(where, reason);
    }

    /// <summary>Reads a request.</summary>
    /// <exception cref="ModelException">An input does not fit, or inputs have different numbers of samples (GP5004).</exception>
    public Request Read(IReadOnlyDictionary<string, OrtValue> feeds, CancellationToken cancellation)
    {
        InputChecker.Check(_graph, feeds);
        if (!_stacks) return new(feeds, [], 1, "", cancellation);
        var inputs = new OrtValue[_graph.Inputs.Length];
        long samples = -1;
        string first = "";
        var kind = new System.Text.StringBuilder();
        for (int i = 0; i < inputs.Length; i++)
        {
            string name = _graph.Inputs[i].Name;
            if (!feeds.TryGetValue(name, out inputs[i]!))
                throw RuntimeCodes.BadInput.Error(name, "a batched request gives every input, those with defaults too");
            long[] dims = inputs[i].GetTensorTypeAndShape().Shape;
            if (samples < 0) (samples, first) = (dims[0], name);
            if (dims[0] != samples) throw RuntimeCodes.BadInput.Error(name, $"{dims[0]} samples were given, and {samples} of '{first}'");
            foreach (long d in dims.AsSpan(1)) kind.Append(CultureInfo.InvariantCulture, $"{d},");
            kind.Append(';');
        }
        return new(feeds, inputs, samples, kind.ToString(), cancellation);
    }
}
