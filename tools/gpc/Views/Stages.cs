using Spectre.Console;

namespace GraphPartition.Gpc.Views;

/// <summary>Shows the progress of a command. Only on a terminal: nothing goes to pipes and files.</summary>
internal static class Stages
{
    /// <summary>Does the work; it calls its argument at the start of each of <paramref name="count"/> stages with what it is
    /// about to do.</summary>
    public static T Show<T>(int count, Func<Action<string>, T> work) => Show(count, (stage, _) => work(stage));

    /// <summary>
    /// As the other form; a long stage tells besides what it is doing, how much of it is done, and of how much (0: not known).
    /// </summary>
    public static T Show<T>(int count, Func<Action<string>, Action<string, int, int>, T> work)
    {
        if (!AnsiConsole.Profile.Capabilities.Interactive || Console.IsOutputRedirected || Console.IsErrorRedirected)
            return work(_ => { }, (_, _, _) => { });
        T result = default!;
        AnsiConsole.Progress().AutoClear(true).Columns(
            new SpinnerColumn(), new TaskDescriptionColumn(), new ProgressBarColumn(), new ElapsedTimeColumn())
            .Start(context =>
            {
                ProgressTask task = context.AddTask("starting", maxValue: count);
                ProgressTask? part = null;
                bool started = false;
                result = work(stage =>
                {
                    if (started) task.Increment(1);
                    started = true;
                    task.Description = Markup.Escape(stage);
                    if (part is not null) part.Value = part.MaxValue;
                    part = null;
                }, (what, done, all) =>
                {
                    part ??= context.AddTask("");
                    part.Description = Markup.Escape(all > 0 ? $"{what}: {done} of {all}" : $"{what} ({done} measured)");
                    part.IsIndeterminate = all == 0;
                    if (all > 0) (part.MaxValue, part.Value) = (all, done);
                });
                task.Value = count;
            });
        return result;
    }
}
