using GraphPartition.Foundation;

namespace GraphPartition.MindIr.Decode;

/// <summary>
/// Something is wrong with what is being read. Caught by whoever knows where that is (a node, a constant, the file), who
/// reports it as a diagnostic and goes on; it never leaves this assembly.
/// </summary>
internal sealed class ImportFault(DiagnosticCode code, string message) : Exception(message)
{
    /// <summary>The kind of diagnostic.</summary>
    public DiagnosticCode Code { get; } = code;
}
