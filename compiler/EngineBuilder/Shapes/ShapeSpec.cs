using GraphPartition.TensorRt;

namespace GraphPartition.EngineBuilder.Shapes;

/// <summary>
/// Shapes by name in trtexec's syntax: <c>input_ids:1x16,mask:1x16</c>. A name may contain colons; a name with a comma or spaces needs
/// quotes. <c>name:scalar</c> is a tensor without dimensions. Of an input whose values are sizes these are its values, which may be
/// negative.
/// </summary>
public static class ShapeSpec
{
    /// <summary>Reads a list of shapes.</summary>
    /// <exception cref="ModelException">A part cannot be read (GP4010; one diagnostic for each).</exception>
    public static IReadOnlyDictionary<string, long[]> Parse(string text) => Parse([text], TensorRtCodes.BadShapeProfile);

    /// <summary>Reads several lists of shapes, as of an option that is given several times.</summary>
    /// <param name="texts">The lists.</param>
    /// <param name="code">The code of faults.</param>
    /// <exception cref="ModelException">A part cannot be read, or a name is given twice; one diagnostic for each.</exception>
    public static IReadOnlyDictionary<string, long[]> Parse(IReadOnlyCollection<string> texts, DiagnosticCode code)
    {
        // A range may be that of values, which may be negative.
        NumberStyles style = code == TensorRtCodes.BadShapeProfile ? NumberStyles.AllowLeadingSign : NumberStyles.None;
        Dictionary<string, long[]> shapes = [];
        List<Diagnostic> faults = [];
        foreach (string part in texts.SelectMany(Split))
        {
            int colon = part.LastIndexOf(':');
            string name = colon < 0 ? "" : part[..colon].Trim().Trim('\'', '"');
            if (name.Length == 0 || Dims(part[(colon + 1)..].Trim(), style) is not { } dims) Fault(part, "this is not of the form NAME:D0xD1x...");
            else if (!shapes.TryAdd(name, dims)) Fault(part, $"'{name}' is given twice");
        }
        if (shapes.Count == 0 && faults.Count == 0) Fault(string.Join(' ', texts), "no shape is given");
        return faults.Count == 0 ? shapes : throw new ModelException(faults);

        void Fault(string where, string message) => faults.Add(code.At(where, message));
    }

    private static long[]? Dims(string text, NumberStyles style)
    {
        if (text == "scalar") return [];
        string[] parts = text.Split('x');
        long[] dims = new long[parts.Length];
        for (int i = 0; i < dims.Length; i++)
        {
            if (!int.TryParse(parts[i], style, CultureInfo.InvariantCulture, out int size)) return null;
            dims[i] = size;
        }
        return dims;
    }

    /// <summary>The parts between commas, except commas in quotes.</summary>
    private static IEnumerable<string> Split(string text)
    {
        int start = 0;
        char quote = '\0';
        for (int i = 0; i < text.Length; i++)
        {
            if (quote != '\0') quote = text[i] == quote ? '\0' : quote;
            else if (text[i] is '\'' or '"') quote = text[i];
            else if (text[i] == ',')
            {
                yield return text[start..i];
                start = i + 1;
            }
        }
        if (start < text.Length) yield return text[start..];
    }
}
