namespace GraphPartition.TestSupport;

/// <summary>A field of a protobuf message, at any depth: where its tag, its length and its content are.</summary>
/// <param name="Tag">Where the tag starts.</param>
/// <param name="Length">Where the length stands; -1 where the field has none.</param>
/// <param name="End">Where the content ends.</param>
public readonly record struct WireField(int Tag, int Length, int End);

/// <summary>Finds the fields of a message, and those of what looks like messages inside it.</summary>
public static class WireFields
{
    /// <summary>All fields, outer ones first; those inside a string that happens to read as a message too.</summary>
    public static List<WireField> Of(byte[] message)
    {
        var fields = new List<WireField>();
        TryWalk(message, 0, message.Length, fields, 0);
        return fields;
    }

    private static bool TryWalk(byte[] bytes, int at, int end, List<WireField> fields, int depth)
    {
        int first = fields.Count;
        while (at < end)
        {
            int tag = at;
            if (!TryVarint(bytes, ref at, end, out ulong key) || key >> 3 == 0) return Forget();
            int length = -1, content = -1;
            ulong number = 0;
            switch (key & 7)
            {
                case 0 when TryVarint(bytes, ref at, end, out _): break;
                case 1 when end - at >= 8: at += 8; break;
                case 5 when end - at >= 4: at += 4; break;
                case 2 when TryVarint(bytes, ref at, end, out number) && number <= (ulong)(end - at):
                    length = at - 1; // of lengths of several bytes the last, which counts most
                    content = at;
                    at += (int)number;
                    break;
                default: return Forget();
            }
            fields.Add(new(tag, length, at));
            if (content >= 0 && depth < 8) TryWalk(bytes, content, at, fields, depth + 1);
        }
        return true;

        bool Forget()
        {
            fields.RemoveRange(first, fields.Count - first);
            return false;
        }
    }

    private static bool TryVarint(byte[] bytes, ref int at, int end, out ulong value)
    {
        value = 0;
        for (int shift = 0; shift < 64 && at < end; shift += 7)
        {
            byte b = bytes[at++];
            value |= (ulong)(b & 0x7f) << shift;
            if (b < 0x80) return true;
        }
        return false;
    }
}
