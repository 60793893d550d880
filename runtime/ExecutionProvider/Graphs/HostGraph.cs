namespace GraphPartition.ExecutionProvider.Graphs;

/// <summary>A graph of the host (OrtGraph), or the part that it passes to Compile. It is valid during the call that passes it.</summary>
internal sealed class HostGraph(OrtHost ort, nint handle)
{
    private HostNode[]? _nodes;

    public OrtHost Ort => ort;

    public string Name { get; } = ort.GetText(ApiSlot.Graph_GetName, handle);

    /// <summary>The file of the model; empty where it was loaded from memory.</summary>
    public string ModelPath => ort.GetText(ApiSlot.Graph_GetModelPath, handle);

    /// <summary>The version of the file format.</summary>
    public long FormatVersion => ort.Get(ApiSlot.Graph_GetOnnxIRVersion, handle);

    /// <summary>Whether the graph is a body of a node.</summary>
    public bool IsBody => ort.Get(ApiSlot.Graph_GetParentNode, handle) != 0;

    /// <summary>The nodes in topological order.</summary>
    public IReadOnlyList<HostNode> Nodes => _nodes ??=
        Array.ConvertAll(ort.List(ApiSlot.Graph_GetNumNodes, ApiSlot.Graph_GetNodes, handle), n => new HostNode(ort, n));

    public IEnumerable<HostValue> Inputs => Values(ApiSlot.Graph_GetNumInputs, ApiSlot.Graph_GetInputs);

    public IEnumerable<HostValue> Outputs => Values(ApiSlot.Graph_GetNumOutputs, ApiSlot.Graph_GetOutputs);

    public IEnumerable<HostValue> Initializers => Values(ApiSlot.Graph_GetNumInitializers, ApiSlot.Graph_GetInitializers);

    /// <summary>The version of each domain's operators.</summary>
    public unsafe IEnumerable<(string Domain, long Version)> Opsets
    {
        get
        {
            int count = (int)ort.Get(ApiSlot.Graph_GetNumOperatorSets, handle);
            nint[] domains = new nint[count];
            long[] versions = new long[count];
            fixed (nint* domain = domains)
            fixed (long* version = versions)
                ort.Check(((delegate* unmanaged[Cdecl]<nint, nint*, long*, nuint, nint>)ort[ApiSlot.Graph_GetOperatorSets])(
                    handle, domain, version, (nuint)count), nameof(ApiSlot.Graph_GetOperatorSets));
            return [.. domains.Select((d, i) => (OrtHost.Text(d), versions[i]))];
        }
    }

    private IEnumerable<HostValue> Values(ApiSlot count, ApiSlot items) =>
        ort.List(count, items, handle).Select(h => new HostValue(ort, h));
}
