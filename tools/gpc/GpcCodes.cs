using GraphPartition.Foundation;

namespace GraphPartition.Gpc;

/// <summary>Faults of the command line. No number is used again for something else.</summary>
public static class GpcCodes
{
    /// <summary>No table knows the target.</summary>
    public static readonly DiagnosticCode UnknownTarget = new("GP3002", "the target is not known",
        "name a known release, for instance tensorrt-10.16");
    /// <summary>The plan is for another release than the library that builds the engines.</summary>
    public static readonly DiagnosticCode TargetDiffers = new("GP4024", "the plan is for another release than the installed library",
        "leave out --target to plan for the library; if the operator table does not have its release, the parser decides",
        Severity.Warning);

    /// <summary>ONNX Runtime does not load the compiled model, so no file is written.</summary>
    public static readonly DiagnosticCode NotLoadable = new("GP3018", "ONNX Runtime does not load the compiled file",
        "if plain ONNX Runtime loads the model, please report it; --no-check keeps the file");

    /// <summary>The written file has operators that ONNX Runtime does not know.</summary>
    public static readonly DiagnosticCode LacksOperator = new("GP3019", "ONNX Runtime lacks an operator of the compiled file",
        "give the library that has it (--custom-ops LIBRARY) when you run the file, or run its engines only", Severity.Warning);

    /// <summary>Options of the command line are missing, wrong, or do not fit the file.</summary>
    public static readonly DiagnosticCode BadOption = new("GP3012", "an option is wrong",
        "see 'gpc COMMAND --help' or docs/command-line.md");

    /// <summary>An output is a file that the command reads.</summary>
    public static readonly DiagnosticCode OverwritesInput = new("GP3021", "an output would overwrite an input",
        "name another file for the output");

    /// <summary>A value of <c>--input</c> is wrong.</summary>
    public static readonly DiagnosticCode BadInputValue = new("GP3022", "a given input is wrong",
        "give --input NAME=VALUE, NAME=FILE.npy or NAME=FILE.pb, with the type and shape of the input; 'gpc inspect' prints the inputs");

    /// <summary>No input has a dimension of this name.</summary>
    public static readonly DiagnosticCode UnknownDimension = new("GP3023", "no input has a dimension of this name",
        "use a name that 'gpc inspect' prints; for a dimension without a name give the whole shape (--input-shapes x:1x3x224x224)");

    /// <summary>The model with the new weights has other nodes than the compiled file.</summary>
    public static readonly DiagnosticCode OtherStructure = new("GP3024", "the model has another structure than the compiled file",
        "give the options that the file was compiled with; if the model itself changed, compile it with 'gpc compile'");

    /// <summary>The model to reduce does not fail.</summary>
    public static readonly DiagnosticCode DoesNotFail = new("GP3025", "the model does not fail, so it cannot be reduced",
        "run the check by hand on the model and see that it fails; a command fails if its exit code is not 0");
}
