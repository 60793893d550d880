using System.Collections;
using System.Globalization;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace GraphPartition.Serving.Deploy;

/// <summary>
/// Prints a message in protobuf's text format (protobuf.dev, "Text Format Language Specification"), which Google.Protobuf does not write in
/// C#. Fields with their default are left out.
/// </summary>
internal static class ProtobufText
{
    public static string Print(IMessage message)
    {
        var text = new StringBuilder();
        Fields(text, message, 0);
        return text.ToString();
    }

    private static void Fields(StringBuilder text, IMessage message, int depth)
    {
        foreach (FieldDescriptor field in message.Descriptor.Fields.InFieldNumberOrder())
        {
            object value = field.Accessor.GetValue(message);
            if (field.IsMap)
            {
                FieldDescriptor key = field.MessageType.FindFieldByNumber(1), item = field.MessageType.FindFieldByNumber(2);
                foreach (DictionaryEntry entry in (IDictionary)value)
                    Block(text, field.Name, depth, () =>
                    {
                        Field(text, key, entry.Key, depth + 1);
                        Field(text, item, entry.Value!, depth + 1);
                    });
            }
            else if (field.IsRepeated)
            {
                var items = (IList)value;
                if (items.Count == 0) continue;
                if (field.FieldType == FieldType.Message)
                    foreach (object item in items) Field(text, field, item, depth);
                else Line(text, depth).Append($"{field.Name}: [ {string.Join(", ", items.Cast<object>().Select(i => Scalar(field, i)))} ]\n");
            }
            else if (field.HasPresence ? field.Accessor.HasValue(message) : !IsDefault(value)) Field(text, field, value, depth);
        }
    }

    private static void Field(StringBuilder text, FieldDescriptor field, object value, int depth)
    {
        if (value is IMessage inner) Block(text, field.Name, depth, () => Fields(text, inner, depth + 1));
        else Line(text, depth).Append($"{field.Name}: {Scalar(field, value)}\n");
    }

    private static void Block(StringBuilder text, string name, int depth, Action content)
    {
        Line(text, depth).Append(name).Append(" {\n");
        content();
        Line(text, depth).Append("}\n");
    }

    private static StringBuilder Line(StringBuilder text, int depth) => text.Append(' ', 2 * depth);

    private static bool IsDefault(object value) => value switch
    {
        string text => text.Length == 0,
        bool flag => !flag,
        _ => Convert.ToDouble(value, CultureInfo.InvariantCulture) == 0,
    };

    private static string Scalar(FieldDescriptor field, object value) => value switch
    {
        string text => Quoted(text),
        bool flag => flag ? "true" : "false",
        Enum => field.EnumType.FindValueByNumber(Convert.ToInt32(value, CultureInfo.InvariantCulture)).Name,
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (byte b in Encoding.UTF8.GetBytes(text))
            if (b is (byte)'"' or (byte)'\\') quoted.Append('\\').Append((char)b);
            else if (b is >= 0x20 and < 0x7F) quoted.Append((char)b);
            else quoted.Append('\\').Append(Convert.ToString(b, 8).PadLeft(3, '0'));
        return quoted.Append('"').ToString();
    }
}
