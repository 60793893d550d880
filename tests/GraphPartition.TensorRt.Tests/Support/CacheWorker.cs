using System.Text;
using GraphPartition.TensorRt.Cache;

namespace GraphPartition.TensorRt.Tests.Support;

/// <summary>
/// A process that compiles: it asks the cache for engines at random, builds what is missing, and checks what it gets.
/// </summary>
internal static class CacheWorker
{
    public const int Keys = 12;

    private const int Requests = 150;

    public static EngineKey Key(int number) => EngineKey.Of(Encoding.UTF8.GetBytes($"engine {number}"));

    /// <summary>What the engine of a key consists of; large enough that writing it takes several writes.</summary>
    public static byte[] Blob(int number)
    {
        byte[] blob = new byte[20_000 + number * 10_000];
        new Random(number).NextBytes(blob);
        return blob;
    }

    /// <summary>0 where all was well, 3 where an engine was not what it should be, 4 where the cache complained.</summary>
    public static int Run(string folder, int seed)
    {
        Random random = new(seed);
        EngineCache cache = new(folder);
        int code = 0;
        for (int i = 0; i < Requests && code == 0; i++)
        {
            int number = random.Next(Keys);
            if (random.Next(20) == 0)
            {
                cache.Store(Key(number), Blob(number)); // as a process without locks would
            }

            ReadOnlyMemory<byte> blob = cache.FindOrBuild(Key(number), () => Blob(number), _ => code = 4);
            code = blob.Span.SequenceEqual(Blob(number)) ? code : 3;
        }

        for (int number = 0; number < Keys && code == 0; number++)
        {
            int wanted = number;
            cache.FindOrBuild(Key(wanted), () => Blob(wanted), _ => code = 4);
        }

        return code;
    }
}
