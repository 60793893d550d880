using GraphPartition.Serving.Memory;

namespace GraphPartition.Serving.Requests;

/// <summary>An output that a client requests.</summary>
/// <param name="Name">Its name.</param>
internal sealed record RequestedOutput(string Name)
{
    /// <summary>Whether it is sent as bytes; null: as the request says for all.</summary>
    public bool? IsBinary { get; init; }

    /// <summary>Where in shared memory it goes; null: into the response.</summary>
    public MemoryRange? Memory { get; init; }

    /// <summary>How many of the greatest elements are sent as texts <c>value:index</c>; 0: the tensor itself.</summary>
    public int Classes { get; init; }
}
