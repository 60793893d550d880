namespace GraphPartition.CompiledModels;

/// <summary>Faults of compiled models. No number is used again for something else.</summary>
public static class CompiledModelCodes
{
    /// <summary>
    /// An engine was built from other nodes or weights than those beside it, or its bytes are not those that were written.
    /// </summary>
    public static readonly DiagnosticCode UnusableEngine = new("GP4023", "an engine is damaged or does not belong to its group",
        "build engines of the present nodes and weights with 'gpc compile FILE --add-engine -o FILE'; until then the group falls back",
        Severity.Warning);
    /// <summary>Parts of a compiled model do not fit each other or their hashes.</summary>
    public static readonly DiagnosticCode DamagedPackage = new("GP5001", "the compiled model is damaged",
        "compile the model again");
    /// <summary>This version does not know the format of the compiled model.</summary>
    public static readonly DiagnosticCode UnknownPackageFormat = new("GP5002", "the format of the compiled model is not known",
        "run it with the version of gpc that wrote it, or compile the model again");

    /// <summary>A library differs from the one that the model was compiled with.</summary>
    public static readonly DiagnosticCode OtherLibrary = new("GP5021", "the library is not the one that the model was compiled with",
        "give the library of that time, or compile the model again", Severity.Warning);
}
