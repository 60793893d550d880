namespace GraphPartition.ExecutionProvider.Graphs;

/// <summary>A value of a graph of the host (OrtValueInfo). It is valid as long as its graph.</summary>
internal readonly struct HostValue(OrtHost ort, nint handle)
{
    public nint Handle => handle;

    public string Name => ort.GetText(ApiSlot.GetValueInfoName, handle);

    /// <summary>Whether it is an initializer that no caller can replace, of this graph or of one around it.</summary>
    public bool IsConstant => (byte)ort.Get(ApiSlot.ValueInfo_IsConstantInitializer, handle) != 0;

    /// <summary>The tensor of an initializer (OrtValue, which belongs to the graph), or 0.</summary>
    public nint Initializer => ort.Get(ApiSlot.ValueInfo_GetInitializerValue, handle);

    /// <summary>The type (OrtTypeInfo, which belongs to the value).</summary>
    public nint TypeInfo => ort.Get(ApiSlot.GetValueInfoTypeInfo, handle);
}
