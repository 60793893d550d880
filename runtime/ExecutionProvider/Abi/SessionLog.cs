namespace GraphPartition.ExecutionProvider.Abi;

/// <summary>The log of a session (OrtLogger).</summary>
/// <param name="ort">The host.</param>
/// <param name="logger">The OrtLogger.</param>
internal sealed class SessionLog(OrtHost ort, nint logger)
{
    private const int Information = 1, Warning = 2; // OrtLoggingLevel

    /// <summary>Whether the user wants to see notes.</summary>
    public bool KeepsNotes => ort.Keeps(logger, Information);

    /// <summary>Logs what the user may want to know.</summary>
    public void Note(string line) => ort.Log(logger, Information, line);

    /// <summary>Logs a warning.</summary>
    public void Warn(Diagnostic diagnostic) => ort.Log(logger, Warning, diagnostic.ToString());
}
