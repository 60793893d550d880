using GraphPartition.Gpc.Requests;
using GraphPartition.Ir.Graphs;
using GraphPartition.Runtime.Options;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Gpc.Inputs;

/// <summary>The inputs of one run, which may be made up, or of one run for each of several samples.</summary>
internal sealed class RunInputs : IDisposable
{
    private readonly IDisposable _owner;

    private RunInputs(IReadOnlyList<IReadOnlyDictionary<string, OrtValue>> samples, IDisposable owner) =>
        (Samples, _owner) = (samples, owner);

    /// <summary>The inputs by name, for each run.</summary>
    public IReadOnlyList<IReadOnlyDictionary<string, OrtValue>> Samples { get; }

    /// <summary>The inputs of a request.</summary>
    /// <exception cref="Foundation.ModelException">As <see cref="FeedSet.Of(InputRequest, Model, string, ModelSessionOptions)"/> and
    /// <see cref="SampleSet.Of"/>.</exception>
    public static RunInputs Of(InputRequest request, Model source, string path, ModelSessionOptions options)
    {
        if (request.Samples is { IsEmpty: false } several)
        {
            var set = SampleSet.Of(several, source.Graph);
            return new(set, set);
        }
        var one = FeedSet.Of(request, source, path, options);
        return new([one.Values], one);
    }

    /// <inheritdoc/>
    public void Dispose() => _owner.Dispose();
}
