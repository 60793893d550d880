namespace GraphPartition.Compiler.Diagnostics;

/// <summary>Faults of options, constraints and plans. No number is used again for something else.</summary>
public static class CompilerCodes
{
    /// <summary>The value of --support, or a line of the support file, is wrong.</summary>
    public static readonly DiagnosticCode BadSupport = new("GP3001", "the value of --support is wrong",
        "use table, all, none, random:SEED:P with 0 <= P <= 1, or a file of 'op NAME' and 'node NAME' lines");
    /// <summary>A line of the support file matches no operator and no node.</summary>
    public static readonly DiagnosticCode SupportMatchesNothing = new("GP3013", "a name of the support file matches nothing",
        "correct the name or remove the line; 'gpc operators' and 'gpc inspect --graph' print the names", Severity.Warning);
    /// <summary>No pass has this name.</summary>
    public static readonly DiagnosticCode UnknownPass = new("GP3003", "the pass is not known",
        "use a name from 'gpc plan --help', or standard, exact or none");
    /// <summary>A constant expression could not be computed.</summary>
    public static readonly DiagnosticCode NotEvaluated = new("GP3004", "a constant expression could not be computed",
        "you need to do nothing: its nodes stay in the model", Severity.Warning);
    /// <summary>The model has no node with this name.</summary>
    public static readonly DiagnosticCode UnknownNode = new("GP3005", "the model has no such node",
        "use a name that 'gpc plan --json' or 'gpc inspect --graph' prints; for operators, one that 'gpc inspect' prints");
    /// <summary>Constraints contradict each other or the model.</summary>
    public static readonly DiagnosticCode ContradictoryConstraints = new("GP3006", "the constraints contradict each other",
        "drop one of the two constraints");
    /// <summary>No plan can keep this limit.</summary>
    public static readonly DiagnosticCode BadLimit = new("GP3007", "a limit is out of range",
        "use maximum values of at least 1 and minimum values of at least 0; a minimum must not exceed its maximum");
    /// <summary>A selector, or a line of an assignment file, is wrong.</summary>
    public static readonly DiagnosticCode BadSelector = new("GP3008", "the selection of nodes is wrong",
        "use a node name, a pattern with * and ?, op:NAME or domain:NAME; lines of an assignment file are 'engine NAME "
            + "SELECTOR' or 'fallback SELECTOR'");
    /// <summary>A device profile (cost parameters) is wrong.</summary>
    public static readonly DiagnosticCode BadDeviceProfile = new("GP3009", "the device profile is wrong",
        "write it with 'gpc calibrate'; all speeds must be above 0");
    /// <summary>A plan file is wrong, or its proof does not hold.</summary>
    public static readonly DiagnosticCode BadPlanFile = new("GP3010", "the plan file is wrong",
        "write it again with 'gpc plan MODEL -o PLAN'");
    /// <summary>A plan was made for another model.</summary>
    public static readonly DiagnosticCode OtherModel = new("GP3011", "the plan belongs to another model",
        "use the plan file of this model, or write one with 'gpc plan MODEL -o PLAN'");
    /// <summary>The plan holds, but no opset that can be written expresses some node.</summary>
    public static readonly DiagnosticCode NotWritable = new("GP3017", "the model can be planned, but not compiled or run",
        "export the model again with a newer opset, in which the node has another form", Severity.Warning);
    /// <summary>The model did not run, so no type could be observed (<c>--observe</c>).</summary>
    public static readonly DiagnosticCode NotObserved = new("GP3014", "the model could not be observed",
        "declare the types instead (--operators FILE), or make the model run on ONNX Runtime", Severity.Warning);
    /// <summary>A shape that fixes an input does not fit the model.</summary>
    public static readonly DiagnosticCode BadInputShape = new("GP3020", "a fixed input shape does not fit the model",
        "give shapes as NAME:D0xD1x... with the rank of the input, for instance --input-shapes x:1x3x224x224; 'gpc inspect' prints the inputs");
    /// <summary>A constraint names an operator that the model does not have.</summary>
    public static readonly DiagnosticCode SelectsNothing = new("GP3015", "a constraint has no effect, because the model lacks the operator",
        "you need to do nothing, unless you meant another operator", Severity.Warning);
    /// <summary>An edit of a model by hand does not fit it.</summary>
    public static readonly DiagnosticCode BadEdit = new("GP3028", "the model cannot be changed in this way",
        "'gpc inspect --graph MODEL' prints the names and shapes of the model; docs/command-line.md has the forms of the options");
}
