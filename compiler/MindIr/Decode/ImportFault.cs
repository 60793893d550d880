namespace GraphPartition.MindIr.Decode;

/// <summary>
/// A fault in the file. Caught by the code that knows the place (a node, a constant, the file), which
/// reports it as a diagnostic and continues; it never leaves this assembly.
/// </summary>
internal sealed class ImportFault(DiagnosticCode code, string message) : Exception(message)
{
    /// <summary>The kind of diagnostic.</summary>
    public DiagnosticCode Code { get; } = code;
}
