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

    /// <summary>Options of the command line are missing, wrong, or do not fit the file.</summary>
    public static readonly DiagnosticCode BadOption = new("GP3012", "an option is wrong",
        "see 'gpc COMMAND --help' or docs/command-line.md");

    /// <summary>An output is a file that the command reads.</summary>
    public static readonly DiagnosticCode OverwritesInput = new("GP3021", "an output would overwrite an input",
        "name another file for the output");
}
