namespace GraphPartition.Serving.Options;

/// <summary>Whether requests of a model are joined.</summary>
public enum BatchingMode
{
    /// <summary>If a proof shows that the rows of a batch do not meet; otherwise requests run one by one.</summary>
    Auto,
    /// <summary>Requests run one by one.</summary>
    Off,
    /// <summary>A model that cannot be batched is not loaded (GP5011).</summary>
    Required,
}
