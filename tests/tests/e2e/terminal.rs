//! The terminal itself: sizes, environment, floods, bombs, and how programs end.

use loadtest::fixture::{create_target, password_target, set};
use loadtest::viewer::{AttachOptions, Viewer};
use serde_json::json;
use tests::world::{PROMPT, World, obeys};

#[tokio::test]
async fn a_resize_reaches_the_program_and_every_viewer() -> anyhow::Result<()> {
    let world = World::new().await?;
    let (session, mut first) = world.shell().await?;
    let mut second = Viewer::attach(&world.api, &session, AttachOptions::default()).await?;

    first.resize(101, 37).await?;
    first
        .until("its own new size", |viewer| viewer.size.cols() == 101)
        .await?;
    first.run("stty size", "37 101").await?;

    second
        .until("the new size", |viewer| {
            (viewer.size.cols(), viewer.size.rows()) == (101, 37)
        })
        .await
}

#[tokio::test]
async fn an_absurd_size_is_clamped() -> anyhow::Result<()> {
    let world = World::new().await?;
    let (_, mut viewer) = world.shell().await?;

    viewer.resize(4_000_000_000, 0).await?;

    viewer
        .until("a size within limits", |viewer| viewer.size.cols() == 1000)
        .await?;
    obeys(&mut viewer).await
}

#[tokio::test]
async fn environment_and_command_of_a_target_are_used() -> anyhow::Result<()> {
    let world = World::new().await?;
    let mut target = password_target("command", &world.sshd);
    let settings = json!({
        "environment": {"BATON_GREETING": "good morning"},
        "command": "echo \"<$BATON_GREETING>\"; exit 7",
    });
    set(&mut target, "settings", settings);
    let target = create_target(&world.api, target).await?;

    let (_, mut viewer) = Viewer::open(&world.api, &target, AttachOptions::default()).await?;

    let ended = viewer.until_ended().await?;
    let text = loadtest::viewer::plain(&viewer.output);
    assert!(text.contains("<good morning>"), "{text:?}");
    assert_eq!(
        (ended.code.as_str(), ended.exit_status),
        ("target_exited", Some(7))
    );
    Ok(())
}

#[tokio::test]
async fn hundred_megabytes_of_output_arrive_in_order_and_whole() -> anyhow::Result<()> {
    const LINES: usize = 1_000_000;
    let world = World::new().await?;
    let mut text = Vec::with_capacity(LINES * 100);
    for line in 0..LINES {
        let start = format!("{line:07} ");
        text.extend_from_slice(start.as_bytes());
        text.extend(std::iter::repeat_n(b'a' + u8::try_from(line % 26)?, 91));
        text.push(b'\n');
    }
    world.sshd.user.write("output.txt", &text).await?;
    let (_, mut viewer) = world.shell().await?;
    // No translation of line ends, no echo of what is typed, no shell that decorates: every byte
    // is the file's.
    let command =
        "stty -onlcr -echo; exec sh -c 'echo $((1+1))-go; read x; cat output.txt; read x'";
    viewer.run(command, "2-go\n").await?;
    let start = viewer.offset - u64::try_from(viewer.output.len())?;

    viewer.type_text("\n").await?;
    let mut wrong = None;
    let total = u64::try_from(text.len())?;
    viewer
        .drain(total, |offset, data| {
            let from = usize::try_from(offset - start).unwrap_or(usize::MAX);
            if text.get(from..from + data.len()) != Some(data) {
                wrong.get_or_insert(from);
            }
        })
        .await?;

    // The viewer itself refuses gaps; what it received is the file, byte for byte.
    assert_eq!(wrong, None, "first difference");
    assert_eq!(viewer.offset - start, total);
    Ok(())
}

#[tokio::test]
async fn ctrl_c_during_a_flood_shows_the_prompt_at_once() -> anyhow::Result<()> {
    let world = World::new().await?;
    let (_, mut viewer) = world.shell().await?;
    viewer.type_text("yes\n").await?;
    viewer.drain(3_000_000, |_, _| {}).await?;

    let start = tokio::time::Instant::now();
    viewer.type_text([3]).await?;
    viewer.until_text(PROMPT).await?;

    // Generous: this is a debug build on a busy machine; the bench holds the tight limit.
    assert!(start.elapsed().as_secs_f64() < 2.0, "{:?}", start.elapsed());
    obeys(&mut viewer).await
}

#[tokio::test]
async fn terminal_bombs_hurt_nobody() -> anyhow::Result<()> {
    let world = World::new().await?;
    let (session, mut viewer) = world.shell().await?;
    let bombs = [
        // Huge parameters, repeats, scroll regions, tab stops.
        "printf '\\033[99999999999999999999;99999999999999999999H'",
        "printf 'x\\033[2147483647b'; printf '\\033[2147483647@\\033[2147483647L\\033[2147483647S'",
        // A megabyte of parameters that never end.
        "head -c 1000000 /dev/zero | tr '\\0' '1' | sed 's/^/\\x1b[/'; echo",
        // An OSC that goes on and on, and a gigantic title.
        "printf '\\033]0;'; head -c 20000000 /dev/zero | tr '\\0' t; printf '\\007'",
        "printf '\\033]52;c;'; head -c 20000000 /dev/zero | tr '\\0' A; printf '\\007'",
        "printf '\\033P'; head -c 5000000 /dev/zero | tr '\\0' q; printf '\\033\\\\'",
        // Invalid UTF-8, lone continuation bytes, overlong forms, cut sequences.
        "head -c 300000 /dev/urandom; printf '\\033c'",
        "printf '\\377\\376\\300\\200\\355\\240\\200\\364\\220\\200\\200'",
        // Combining characters without end.
        "printf 'e'; yes $'\\u0301' | head -n 100000 | tr -d '\\n'",
    ];
    for (index, bomb) in bombs.iter().enumerate() {
        viewer.type_text(format!("{bomb}\n")).await?;
        // Whatever it did to the screen, the shell still answers.
        viewer
            .type_text(format!(
                "\nprintf '\\033c'; echo after-$(({index} + 100))\n"
            ))
            .await?;
        let text = format!("after-{}", index + 100);
        viewer
            .until_text(&text)
            .await
            .map_err(|error| error.context(*bomb))?;
    }

    let mut second = Viewer::attach(&world.api, &session, AttachOptions::default()).await?;
    second
        .until("a snapshot", |viewer| viewer.snapshots > 0)
        .await?;
    let title = second.title.len();
    assert!(title < 8192, "a title of {title} bytes");
    let resident = loadtest::process::resident_bytes(world.node.pid())?;
    assert!(
        resident < 400_000_000,
        "the node has grown to {resident} bytes"
    );
    Ok(())
}

#[tokio::test]
async fn pasting_a_megabyte_arrives_once_and_whole() -> anyhow::Result<()> {
    let world = World::new().await?;
    let (_, mut viewer) = world.shell().await?;
    viewer
        .run(
            "stty -icanon -echo; PS1=; echo go; head -c 1000000 | sha256sum",
            "go\n",
        )
        .await?;
    let paste = b"0123456789abcdef".repeat(62_500);

    viewer.type_text(&paste).await?;

    // sha256 of sixteen digits repeated 62 500 times.
    let expected = sha256(&paste)?;
    viewer.until_text(&expected).await
}

fn sha256(bytes: &[u8]) -> anyhow::Result<String> {
    use sha2::Digest as _;
    use std::fmt::Write as _;
    let mut text = String::new();
    for byte in sha2::Sha256::digest(bytes) {
        write!(text, "{byte:02x}")?;
    }
    Ok(text)
}
