using GraphPartition.Serving.Wire;

namespace GraphPartition.Serving.Requests;

/// <summary>A request to compute a model, as both forms of the protocol carry it. It owns its tensors.</summary>
internal sealed class InferRequest(string model, string version) : IDisposable
{
    public string Model => model;

    /// <summary>The version; empty: the server chooses.</summary>
    public string Version => version;

    /// <summary>The client's name of the request; it is sent back.</summary>
    public string Id { get; set; } = "";

    public Dictionary<string, OrtValue> Inputs { get; } = new(StringComparer.Ordinal);

    /// <summary>The outputs to send; empty: all.</summary>
    public List<RequestedOutput> Outputs { get; } = [];

    /// <summary>Whether outputs are sent as bytes that do not say so themselves.</summary>
    public bool IsBinary { get; set; }

    /// <summary>1 is the first to run; 0: the default.</summary>
    public long Priority { get; private set; }

    /// <summary>How long it may wait; 0: the default.</summary>
    public long TimeoutMicroseconds { get; private set; }

    /// <summary>Adds an input.</summary>
    /// <exception cref="ModelException">GP5040: it is there already.</exception>
    public void Add(string name, OrtValue value)
    {
        if (Inputs.TryAdd(name, value)) return;
        value.Dispose();
        throw ServingCodes.BadRequest.Error(name, "the input is given twice");
    }

    /// <summary>Reads the parameters of the request.</summary>
    /// <exception cref="ModelException">One has a wrong type (GP5040), or needs what this server does not have (GP5043).</exception>
    public void Apply(ParameterSet parameters)
    {
        Priority = parameters.Integer("priority", least: 0) ?? 0;
        TimeoutMicroseconds = parameters.Integer("timeout", least: 0) ?? 0;
        IsBinary = parameters.Boolean("binary_data_output") ?? IsBinary;
        if (parameters.Has("sequence_id"))
            throw ServingCodes.NotSupported.Error("parameter sequence_id", "models here keep no state between requests");
    }

    public void Dispose()
    {
        foreach (OrtValue value in Inputs.Values) value.Dispose();
    }
}
