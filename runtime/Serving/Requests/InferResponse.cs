using GraphPartition.Runtime.Ort;
using GraphPartition.Serving.Models;

namespace GraphPartition.Serving.Requests;

/// <summary>The outputs of a request, in the order of the request. It holds a lease of the version until they are sent.</summary>
internal sealed class InferResponse : IDisposable
{
    private readonly RunResult _result;
    private readonly List<OrtValue> _made = [];

    /// <summary>Chooses the outputs, writes those that go to shared memory, and picks classes where they are requested.</summary>
    /// <exception cref="ModelException">GP5040: an output does not fit its memory, or has no classes.</exception>
    public InferResponse(InferRequest request, ModelVersion version, RunResult result)
    {
        (Request, Version, _result) = (request, version, result);
        IEnumerable<RequestedOutput> wanted =
            request.Outputs.Count > 0 ? request.Outputs : version.Outputs.Select(o => new RequestedOutput(o.Name));
        Outputs = [.. wanted.Select(output =>
        {
            OrtValue value = result[output.Name];
            if (output.Classes > 0) _made.Add(value = Classification.Of(output.Name, value, output.Classes, version.Batches));
            output.Memory?.Write(output.Name, value);
            return new SentOutput(output.Name, value, output.IsBinary ?? request.IsBinary, output.Memory);
        })];
    }

    public InferRequest Request { get; }

    public ModelVersion Version { get; }

    public ImmutableArray<SentOutput> Outputs { get; }

    public void Dispose()
    {
        foreach (OrtValue value in _made) value.Dispose();
        _result.Dispose();
        Version.Release();
    }
}
