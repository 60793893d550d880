namespace GraphPartition.Serving.Wire;

/// <summary>The parameters of a request, of an input or of an output. Unknown ones are ignored, as the protocol allows.</summary>
/// <param name="where">What they belong to, for messages.</param>
internal sealed class ParameterSet(string where)
{
    private readonly Dictionary<string, object> _values = new(StringComparer.Ordinal);

    /// <summary>Sets a parameter: a text, a long, a double or a bool.</summary>
    public void Set(string name, object value) => _values[name] = value;

    public bool Has(string name) => _values.ContainsKey(name);

    /// <summary>A whole number.</summary>
    /// <returns>Null if it is not given.</returns>
    /// <exception cref="ModelException">GP5040: it is not a whole number, or is too small.</exception>
    public long? Integer(string name, long least) => _values.GetValueOrDefault(name) switch
    {
        null => null,
        long value when value >= least => value,
        var other => throw Wrong(name, $"a whole number of at least {least}", other),
    };

    /// <summary>A truth value.</summary>
    /// <returns>Null if it is not given.</returns>
    /// <exception cref="ModelException">GP5040: it is something else.</exception>
    public bool? Boolean(string name) => _values.GetValueOrDefault(name) switch
    {
        null => null,
        bool value => value,
        var other => throw Wrong(name, "true or false", other),
    };

    /// <summary>A text.</summary>
    /// <returns>Null if it is not given.</returns>
    /// <exception cref="ModelException">GP5040: it is something else.</exception>
    public string? Text(string name) => _values.GetValueOrDefault(name) switch
    {
        null => null,
        string value => value,
        var other => throw Wrong(name, "a text", other),
    };

    private ModelException Wrong(string name, string expected, object found) =>
        ServingCodes.BadRequest.Error($"{where}, parameter {name}", $"{expected} is expected, not {found}");
}
