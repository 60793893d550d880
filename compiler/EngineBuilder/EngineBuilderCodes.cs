namespace GraphPartition.EngineBuilder;

/// <summary>What happens to groups while their engines are built. No number is used again for something else.</summary>
public static class EngineBuilderCodes
{
    /// <summary>The installed parser rejects a node that the operator table allows.</summary>
    public static readonly DiagnosticCode TableDisagrees = new("GP4017", "TensorRT's parser rejects a node that the operator table allows",
        "you need to do nothing: the node is expanded or falls back; please report it, because the table is wrong", Severity.Warning);
    /// <summary>TensorRT cannot build an engine with a node, so the node is expanded or falls back.</summary>
    public static readonly DiagnosticCode NodeMoved = new("GP4018", "TensorRT cannot build an engine with a node",
        "you need to do nothing: the node is expanded or falls back, and the rest of its group has an engine; report TensorRT's log to NVIDIA if the operator should "
            + "work", Severity.Warning);
    /// <summary>A group has no engine.</summary>
    public static readonly DiagnosticCode GroupWithoutEngine = new("GP4019", "a group has no engine",
        "see the message; the group falls back and gives the same results", Severity.Warning);

    /// <summary>A node takes a value of which an engine would have to know the range of sizes.</summary>
    public static readonly DiagnosticCode SizesOpen = new("GP4032", "an engine cannot take a value whose sizes have no range",
        "give the range with --min-shapes, --opt-shapes and --max-shapes (of an input whose values are sizes: NAME:VALUExVALUE), or run "
            + "the model once (--observe); until then the nodes behind it fall back", Severity.Warning);

    /// <summary>The user states that TensorRT runs an operator, and its parser rejects it.</summary>
    public static readonly DiagnosticCode ClaimRejected = new("GP4031", "TensorRT does not run an operator as its declaration states",
        "give the library with the plugin (--plugin LIBRARY), or leave 'tensorrt' out of the operator's entry in the operators file; "
            + "until then the node falls back", Severity.Warning);

    /// <summary>No engine can be built with the build options, and without them it can.</summary>
    public static readonly DiagnosticCode OptionsFail = new("GP4034", "no engine can be built with a build option on this machine",
        "leave the option out, or install what it needs (TensorRT's message names it)", Severity.Error);

    /// <summary>The results of an engine differ from those of its nodes.</summary>
    public static readonly DiagnosticCode EngineDiffers = new("GP4035", "an engine computes other numbers than its nodes",
        "you need to do nothing: the engine was left out or built again, as the message says; report the node to NVIDIA if the difference "
            + "is larger than its precision explains", Severity.Warning);
}
