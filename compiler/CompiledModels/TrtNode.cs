namespace GraphPartition.CompiledModels;

/// <summary>
/// An engine group of a compiled model: a segment that any ONNX runtime can execute, and the engines that do the same faster.
/// In the file it is a call of the function <c>ai.graphpartition::TrtNode_k</c>.
/// </summary>
/// <param name="Id">The number k in the function's name.</param>
/// <param name="Segment">The nodes and their boundary.</param>
public sealed record TrtNode(int Id, GraphSegment Segment)
{
    /// <summary>Serialized engines, one for each (TensorRT version, compute capability, precision).</summary>
    public ImmutableArray<EngineBlob> Engines { get; init; } = [];

    /// <summary>
    /// The shape ranges that the engines were built for: for each activation input in order its minimum, optimum and maximum;
    /// empty where all shapes are static.
    /// </summary>
    public ImmutableArray<InputProfile> Profiles { get; init; } = [];

    /// <summary>
    /// Whether tensors of engines have the names of the model's values, so that other programs can bind them by name. If not, they are
    /// named by their places, so that groups which compute the same have the same engine whatever their values are called.
    /// </summary>
    public bool NamesValues { get; init; }

    /// <summary>The name of an input in its engines.</summary>
    /// <param name="place">The place of the input in the segment.</param>
    public string InputName(int place) => NamesValues ? Segment.Inputs[place].Name : $"gp_in_{place}";

    /// <summary>The name of an output in its engines.</summary>
    /// <param name="place">The place of the output in the segment.</param>
    public string OutputName(int place) => NamesValues ? Segment.Outputs[place].Name : $"gp_out_{place}";
}

/// <summary>The range of shapes of one input that an engine takes.</summary>
/// <param name="Input">The value's name.</param>
/// <param name="Min">The least dimensions.</param>
/// <param name="Opt">The dimensions that the engine is tuned for.</param>
/// <param name="Max">The greatest dimensions.</param>
public sealed record InputProfile(string Input, ImmutableArray<long> Min, ImmutableArray<long> Opt, ImmutableArray<long> Max);
