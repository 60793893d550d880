using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using GraphPartition.EngineBuilder.Builders;
using GraphPartition.EngineBuilder.Builders.Wire;
using GraphPartition.TensorRt.Cache;

namespace GraphPartition.EngineBuilder;

/// <summary>What the parser answered about groups, kept beside the engines, so that no group is parsed twice.</summary>
/// <param name="cache">The cache of engines.</param>
/// <param name="machine">The library that answers.</param>
internal sealed class ParserAnswers(EngineCache cache, BuildMachine machine)
{
    /// <summary>To increase when the same text means another question than before.</summary>
    private const int Version = 1;

    private readonly AnswerCache _answers = new(cache);

    /// <summary>The answer about a group; null if it is not known.</summary>
    public ParserSupport? Find(SegmentModel group)
    {
        if (_answers.Find(KeyOf(group)) is not { } bytes) return null;
        try
        {
            return WireResults.From(Verdicts.Parser.ParseFrom(bytes.Span));
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }

    /// <summary>Keeps an answer.</summary>
    public void Store(SegmentModel group, ParserSupport answer) => _answers.Store(KeyOf(group), WireResults.Of(answer).ToByteArray());

    /// <summary>
    /// What the answer depends on: the model as it was written, since messages name its nodes; the weights in its files; the library.
    /// A library is known by its release and by the time and the length of its files.
    /// </summary>
    private EngineKey KeyOf(SegmentModel group)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"parser answer {Version}\n{EngineDescription.ContentOf(group)}\n");
        text.Append(CultureInfo.InvariantCulture, $"{Convert.ToHexString(SHA256.HashData(group.Bytes))}\n{machine.Release}\n");
        foreach (FileInfo file in machine.Library?.Files ?? [])
            text.Append(CultureInfo.InvariantCulture, $"{file.FullName} {(file.Exists ? file.Length : 0)} {file.LastWriteTimeUtc:O}\n");
        foreach (string hash in machine.Plugins.Select(p => p.Sha256).Order(StringComparer.Ordinal)) text.Append(hash).Append('\n');
        return EngineKey.Of(Encoding.UTF8.GetBytes(text.ToString()));
    }
}
