namespace GraphPartition.Foundation;

/// <summary>How bad a diagnostic is.</summary>
public enum Severity
{
    /// <summary>Something that was done and is worth a line; nothing is wrong with the result.</summary>
    Note,
    /// <summary>Something the user may want to know; the result is right all the same.</summary>
    Warning,
    /// <summary>The model or the options are wrong; there is no result.</summary>
    Error,
}

/// <summary>A fault in the user's model, options or files: what, where, and what to do. Collected, not thrown one by one.</summary>
/// <param name="Code">Its code, title, severity and remedy.</param>
/// <param name="Where">The node, value or file that it is about; empty where it is about the whole.</param>
/// <param name="Message">What was found, with what was expected.</param>
public sealed record Diagnostic(DiagnosticCode Code, string Where, string Message)
{
    /// <summary>What was found and where, without what to do.</summary>
    public string WithoutRemedy =>
        $"{Code.Id} {Code.Severity.ToString().ToLowerInvariant()}: {(Where.Length > 0 ? Where + ": " : "")}{Message}";

    /// <inheritdoc/>
    public override string ToString() => WithoutRemedy + (Code.Remedy.Length > 0 ? $"\n  remedy: {Code.Remedy}" : "");
}

/// <summary>One kind of diagnostic. Each assembly has its own codes (docs/diagnostics.md lists all); numbers are never reused.</summary>
/// <param name="Id">GP1xxx import, GP2xxx types, GP3xxx partition, GP4xxx engine, GP5xxx runtime.</param>
/// <param name="Title">What the kind is about, in a few words.</param>
/// <param name="Remedy">What the user can do.</param>
/// <param name="Severity">How bad it is.</param>
public sealed record DiagnosticCode(string Id, string Title, string Remedy, Severity Severity = Severity.Error)
{
    /// <summary>A diagnostic of this kind.</summary>
    public Diagnostic At(string where, string message) => new(this, where, message);

    /// <summary>An exception with one diagnostic of this kind.</summary>
    public ModelException Error(string where, string message) => new([At(where, message)]);
}

/// <summary>The user's model, options or files are wrong. Carries every diagnostic found.</summary>
public sealed class ModelException(IReadOnlyList<Diagnostic> diagnostics)
    : Exception(string.Join("\n", diagnostics))
{
    /// <summary>What was found, errors and warnings, in the order found.</summary>
    public IReadOnlyList<Diagnostic> Diagnostics { get; } = diagnostics;
}

/// <summary>The environment failed (a library, a device, a disk): not the model's fault and not ours.</summary>
public class EnvironmentException(DiagnosticCode code, string where, string message, Exception? inner = null)
    : Exception(code.At(where, message).ToString(), inner)
{
    /// <summary>What failed.</summary>
    public Diagnostic Diagnostic { get; } = code.At(where, message);
}

/// <summary>A bug of ours. Never caught inside the compiler; never hidden by changing the result.</summary>
/// <param name="stage">The pass or stage that broke an invariant.</param>
/// <param name="excerpt">What is wrong, with the text of the nodes around it.</param>
/// <param name="inner">What was thrown, or null.</param>
public sealed class InternalCompilerException(string stage, string excerpt, Exception? inner = null)
    : Exception($"internal error in {stage}: {excerpt}", inner)
{
    /// <summary>The pass or stage that broke an invariant.</summary>
    public string Stage { get; } = stage;
}
