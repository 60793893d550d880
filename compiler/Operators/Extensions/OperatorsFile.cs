using System.Text.Json;
using GraphPartition.Operators.TensorRt;

namespace GraphPartition.Operators.Extensions;

/// <summary>
/// Operators that a user adds by a JSON file, a list of objects:
/// <code>
/// [
///   { "operator": "my.domain::Swirl", "outputs": ["same as input 0"], "tensorrt": "10.0" },
///   { "operator": "my.domain::Pick", "outputs": ["f32[1,?]", "i64 same as input 1"], "reason": "the plugin is not ready" }
/// ]
/// </code>
/// </summary>
public static class OperatorsFile
{
    /// <summary>Reads a file. Throws <see cref="ModelException"/>, whose diagnostic names the line, where it is wrong.</summary>
    public static ImmutableArray<IOperatorExtension> Read(string path)
    {
        try
        {
            return Parse(File.ReadAllBytes(path), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw OperatorCodes.BadOperatorsFile.Error(path, e.Message);
        }
    }

    /// <summary>Reads the text of a file; <paramref name="name"/> is what diagnostics call it.</summary>
    public static ImmutableArray<IOperatorExtension> Parse(ReadOnlySpan<byte> json, string name)
    {
        var reader = new Utf8JsonReader(json, new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        try
        {
            return List(ref reader);
        }
        catch (JsonException e)
        {
            throw OperatorCodes.BadOperatorsFile.Error($"{name}({(e.LineNumber ?? Line(json, reader.TokenStartIndex)) + 1})", e.Message);
        }
        catch (InvalidOperationException) // a string with bytes that are not text
        {
            throw OperatorCodes.BadOperatorsFile.Error($"{name}({Line(json, reader.TokenStartIndex) + 1})", "the text is not UTF-8");
        }
    }

    private static ImmutableArray<IOperatorExtension> List(ref Utf8JsonReader reader)
    {
        var operators = ImmutableArray.CreateBuilder<IOperatorExtension>();
        var names = new HashSet<OpName>();
        Expect(ref reader, JsonTokenType.StartArray, "a list of operators");
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            DeclaredOperator added = Operator(ref reader);
            if (!names.Add(added.Name)) throw new JsonException($"{added.Name} is declared twice");
            operators.Add(added);
        }
        if (reader.Read()) throw new JsonException("expected nothing after the list");
        return operators.ToImmutable();
    }

    private static DeclaredOperator Operator(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException("expected an object that declares an operator");
        OpName? name = null;
        ImmutableArray<DeclaredOutput> outputs = [];
        TensorRtRelease? since = null;
        string? reason = null;
        bool isPure = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string property = reader.GetString()!;
            switch (property)
            {
                case "operator": name = Name(Text(ref reader, property)); break;
                case "outputs": outputs = Outputs(ref reader); break;
                case "tensorrt": since = Release(Text(ref reader, property)); break;
                case "reason": reason = Text(ref reader, property); break;
                case "pure": isPure = Flag(ref reader, property); break;
                default: throw new JsonException($"'{property}' is not known; expected operator, outputs, tensorrt, reason or pure");
            }
        }
        return name is null ? throw new JsonException("the operator's name is missing") : new(name, outputs, since, reason) { IsPure = isPure };
    }

    private static ImmutableArray<DeclaredOutput> Outputs(ref Utf8JsonReader reader)
    {
        var outputs = ImmutableArray.CreateBuilder<DeclaredOutput>();
        Expect(ref reader, JsonTokenType.StartArray, "a list of outputs");
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.String) throw new JsonException("expected an output such as \"same as input 0\"");
            string text = reader.GetString()!;
            outputs.Add(DeclaredOutput.Parse(text) ?? throw new JsonException(
                $"'{text}' does not declare an output; expected for instance \"same as input 0\", \"broadcast\", \"f32[1,?]\" "
                + "or \"i64 same as input 1\""));
        }
        return outputs.ToImmutable();
    }

    private static OpName Name(string text) => text.Split("::") switch
    {
        [{ Length: > 0 } type] => new(type),
        [var domain, { Length: > 0 } type] => new(domain, type),
        _ => throw new JsonException($"'{text}' names no operator; expected DOMAIN::NAME"),
    };

    private static TensorRtRelease Release(string text) =>
        TensorRtTarget.TryParse(text, out TensorRtTarget? target) ? target.Release
        : throw new JsonException($"'{text}' is not a release of TensorRT that is known; expected for instance \"10.0\"");

    private static bool Flag(ref Utf8JsonReader reader, string property) =>
        reader.Read() && reader.TokenType is JsonTokenType.True or JsonTokenType.False ? reader.GetBoolean()
        : throw new JsonException($"expected true or false for '{property}'");

    private static string Text(ref Utf8JsonReader reader, string property)
    {
        Expect(ref reader, JsonTokenType.String, $"a text for '{property}'");
        return reader.GetString()!;
    }

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType token, string what)
    {
        if (!reader.Read() || reader.TokenType != token) throw new JsonException($"expected {what}");
    }

    private static long Line(ReadOnlySpan<byte> json, long index) => json[..(int)index].Count((byte)'\n');
}
