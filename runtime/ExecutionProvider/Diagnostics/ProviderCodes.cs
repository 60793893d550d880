namespace GraphPartition.ExecutionProvider.Diagnostics;

/// <summary>What can go wrong in the execution provider. No number is used again for something else.</summary>
public static class ProviderCodes
{
    /// <summary>The host is older than plugins.</summary>
    public static readonly DiagnosticCode OldHost = new("GP5101", "this ONNX Runtime is too old for execution providers in libraries",
        "use ONNX Runtime 1.23 or later");

    /// <summary>An option of the provider is wrong.</summary>
    public static readonly DiagnosticCode BadOption = new("GP5102", "an option of the execution provider is wrong",
        "see docs/execution-provider.md for the options and their forms");

    /// <summary>The graph cannot be planned, so all of it goes to the next provider.</summary>
    public static readonly DiagnosticCode NotPlanned = new("GP5103", "the execution provider does not plan a graph",
        "see the message; the next execution provider runs the graph and gives the same results", Severity.Warning);

    /// <summary>ONNX Runtime compiles other groups than were planned.</summary>
    public static readonly DiagnosticCode PlanChanged = new("GP5104", "ONNX Runtime changed the planned groups",
        "you need to do nothing: the results are the same; other providers in front of this one take nodes first", Severity.Warning);

    /// <summary>A group cannot be prepared for running.</summary>
    public static readonly DiagnosticCode GroupFails = new("GP5105", "a group of the execution provider cannot be prepared",
        "see the message; exclude the node that it names (option exclude), or leave the execution provider out");

    /// <summary>An EPContext node of ours cannot be used.</summary>
    public static readonly DiagnosticCode BadContext = new("GP5106", "an EPContext node cannot be used",
        "write the model again with ep.context_enable, or set the option on_mismatch to rebuild");

    /// <summary>No engine in a node of ours fits, so its portable form runs.</summary>
    public static readonly DiagnosticCode ContextRebuilt = new("GP5108", "no engine of an EPContext node or a compiled group fits this machine",
        "build the engines for this machine (gpc compile --add-engine, or write the EPContext model again); the results are the same",
        Severity.Warning);

    /// <summary>A group runs without a recording.</summary>
    public static readonly DiagnosticCode NotRecorded = new("GP5109", "the work of a group on the GPU cannot be recorded",
        "you need to do nothing: the group runs without a recording, with the same results", Severity.Warning);

    /// <summary>The library itself failed.</summary>
    public static readonly DiagnosticCode Internal = new("GP5107", "the execution provider failed",
        "this is a fault of GraphPartition: report it with the message");
}
