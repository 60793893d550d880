namespace GraphPartition.ExecutionProvider.Graphs;

/// <summary>A node of a graph of the host (OrtNode). It is valid as long as its graph.</summary>
internal sealed class HostNode(OrtHost ort, nint handle)
{
    public nint Handle => handle;

    public string Name { get; } = ort.GetText(ApiSlot.Node_GetName, handle);

    public string Op { get; } = ort.GetText(ApiSlot.Node_GetOperatorType, handle);

    public string Domain { get; } = ort.GetText(ApiSlot.Node_GetDomain, handle);

    /// <summary>The provider that has the node already; empty: none has.</summary>
    public string Provider => ort.GetText(ApiSlot.Node_GetEpName, handle);

    /// <summary>The inputs; the handle is 0 where an optional one is left out.</summary>
    public HostValue[] Inputs { get; } = Values(ort, ort.List(ApiSlot.Node_GetNumInputs, ApiSlot.Node_GetInputs, handle));

    /// <summary>The outputs; the handle is 0 where an optional one is left out.</summary>
    public HostValue[] Outputs { get; } = Values(ort, ort.List(ApiSlot.Node_GetNumOutputs, ApiSlot.Node_GetOutputs, handle));

    /// <summary>What the bodies use of the graphs around them.</summary>
    public HostValue[] Captures => Values(ort, ort.List(ApiSlot.Node_GetNumImplicitInputs, ApiSlot.Node_GetImplicitInputs, handle));

    /// <summary>The name of the first output that is there: it identifies the node in its graph.</summary>
    public string Key
    {
        get
        {
            foreach (HostValue output in Outputs)
                if (output.Handle != 0) return output.Name;
            return Name;
        }
    }

    /// <summary>The node in messages.</summary>
    public string Label => $"{Op} '{(Name.Length > 0 ? Name : Key)}'";

    /// <summary>The bodies of an If, Loop or Scan, each with the name of its attribute.</summary>
    public unsafe IReadOnlyList<(string Attribute, nint Graph)> Bodies
    {
        get
        {
            int count = (int)ort.Get(ApiSlot.Node_GetNumSubgraphs, handle);
            if (count == 0) return [];
            nint[] graphs = new nint[count], names = new nint[count];
            fixed (nint* graph = graphs, name = names)
                ort.Check(((delegate* unmanaged[Cdecl]<nint, nint*, nuint, nint*, nint>)ort[ApiSlot.Node_GetSubgraphs])(
                    handle, graph, (nuint)count, name), nameof(ApiSlot.Node_GetSubgraphs));
            return [.. graphs.Select((g, i) => (OrtHost.Text(names[i]), g))];
        }
    }

    private static HostValue[] Values(OrtHost ort, nint[] handles) => Array.ConvertAll(handles, h => new HostValue(ort, h));
}
