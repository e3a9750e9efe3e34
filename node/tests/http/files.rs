//! Files through the API, with a target in memory: ranges, hostile names, broken uploads.

use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::client::Client;
use crate::world::{World, run, until};

/// An admin with a live session; the path of its files.
async fn opened(world: &World) -> (Client, String) {
    {
        let mut tree = world.dial.tree.lock().unwrap();
        for directory in ["/", "/home/", "/home/sub/", "/full/"] {
            tree.insert(directory.to_owned(), Vec::new());
        }
        tree.insert("/home/digits".to_owned(), b"0123456789".to_vec());
        tree.insert("/home/sub/inner".to_owned(), b"inner".to_vec());
    }
    let admin = world.admin().await;
    let target = world.target(&admin, "host").await;
    let session = world.session(&admin, &target).await;
    let files = format!("/api/v1/sessions/{session}/files");
    (admin, files)
}

#[test]
fn directories_are_listed_folders_first_and_in_pages() {
    run(async |world| {
        let (admin, files) = opened(&world).await;
        let home = admin.get(&files).await.json();
        assert_eq!(home["path"], "/home");
        let names = |page: &serde_json::Value| -> Vec<String> {
            let items = page["items"].as_array().unwrap().iter();
            items
                .map(|item| item["name"].as_str().unwrap().to_owned())
                .collect()
        };
        assert_eq!(names(&home), ["sub", "digits"]);
        let first = admin
            .get(&format!("{files}?path=/home&limit=1"))
            .await
            .json();
        let next = first["next"].as_str().unwrap();
        let second = admin
            .get(&format!("{files}?path=/home&limit=1&cursor={next}"))
            .await
            .json();
        assert_eq!(
            (names(&first), names(&second)),
            (vec!["sub".into()], vec!["digits".into()])
        );
        assert!(second["next"].is_null());
        let missing = admin.get(&format!("{files}?path=/nothing")).await;
        assert_eq!(missing.refusal(), (404, "not_found".to_owned()));
        let bad = admin.get(&format!("{files}?path=/home&cursor=x")).await;
        assert_eq!(bad.refusal(), (400, "bad_cursor".to_owned()));
    });
}

#[test]
fn downloads_are_attachments_whole_or_in_part() {
    run(async |world| {
        let (admin, files) = opened(&world).await;
        let path = format!("{files}/content?path=/home/digits");
        let whole = admin.get(&path).await;
        assert_eq!((whole.status, whole.text().as_str()), (200, "0123456789"));
        assert_eq!(
            whole.header("content-type"),
            Some("application/octet-stream")
        );
        assert_eq!(whole.header("x-content-type-options"), Some("nosniff"));
        let disposition = whole.header("content-disposition").unwrap();
        assert!(
            disposition.starts_with("attachment; filename=\"digits\""),
            "{disposition}"
        );
        for (range, status, text, content_range) in [
            ("bytes=3-6", 206, "3456", Some("bytes 3-6/10")),
            ("bytes=7-", 206, "789", Some("bytes 7-9/10")),
            ("bytes=-2", 206, "89", Some("bytes 8-9/10")),
            ("bytes=0-1,4-5", 200, "0123456789", None),
            ("nonsense", 200, "0123456789", None),
        ] {
            let part = admin.clone().with("range", range).get(&path).await;
            assert_eq!(
                (part.status, part.text().as_str()),
                (status, text),
                "{range}"
            );
            assert_eq!(part.header("content-range"), content_range, "{range}");
        }
        let outside = admin.clone().with("range", "bytes=10-").get(&path).await;
        assert_eq!(outside.refusal(), (416, "range_not_satisfiable".to_owned()));
        assert_eq!(outside.header("content-range"), Some("bytes */10"));
        let directory = admin.get(&format!("{files}/content?path=/home/sub")).await;
        assert_eq!(directory.refusal(), (400, "not_a_file".to_owned()));
    });
}

#[test]
fn asking_whether_a_file_can_be_had_is_no_download() {
    run(async |world| {
        let (admin, files) = opened(&world).await;
        let path = format!("{files}/content?path=/home/digits");
        let downloads = async || {
            let events = world.audit(&admin).await;
            let found = events.iter().filter(|code| *code == "file.download");
            found.count()
        };

        let asked = admin.send("HEAD", &path, None).await;
        let missing = format!("{files}/content?path=/home/missing");
        let missing = admin.send("HEAD", &missing, None).await;

        assert_eq!((asked.status, missing.status), (200, 404));
        assert_eq!(asked.header("content-length"), Some("10"));
        assert!(asked.body.is_empty());
        assert_eq!(admin.get(&path).await.text(), "0123456789");
        until("the download is recorded", async || downloads().await > 0).await;
        assert_eq!(downloads().await, 1);
    });
}

#[test]
fn hostile_names_break_neither_headers_nor_archives() {
    run(async |world| {
        let (admin, files) = opened(&world).await;
        let name = "/home/sub/a\"\r\nset-cookie: x=y\u{202e}.html";
        world
            .dial
            .tree
            .lock()
            .unwrap()
            .insert(name.to_owned(), b"x".to_vec());
        let quoted: String = name
            .bytes()
            .fold(String::new(), |text, byte| text + &format!("%{byte:02x}"));
        let answer = admin.get(&format!("{files}/content?path={quoted}")).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("set-cookie"), None);
        let disposition = answer.header("content-disposition").unwrap();
        assert!(disposition.is_ascii() && disposition.starts_with("attachment;"));

        let archive = admin.get(&format!("{files}/archive?path=/home")).await;
        assert_eq!(archive.header("content-type"), Some("application/zip"));
        let disposition = archive.header("content-disposition").unwrap();
        assert!(
            disposition.starts_with("attachment; filename=\"home.zip\""),
            "{disposition}"
        );
        assert!(archive.body.starts_with(b"PK\x03\x04"));
        let has = |needle: &[u8]| archive.body.windows(needle.len()).any(|w| w == needle);
        assert!(has(b"home/sub/inner") && has(b"0123456789"));
        assert!(
            has(b"PK\x05\x06"),
            "the directory at the end makes it whole"
        );
    });
}

#[test]
fn uploads_appear_whole_and_only_where_nothing_is() {
    run(async |world| {
        let (admin, files) = opened(&world).await;
        let content = vec![7_u8; 1_000_000];
        let path = format!("{files}/content?path=/home/new");
        let first = admin.put(&path, &content).await;
        assert_eq!(
            (first.status, first.json()["size"].as_u64()),
            (201, Some(1_000_000))
        );
        assert_eq!(world.dial.tree.lock().unwrap()["/home/new"], content);
        let again = admin.put(&path, b"x").await;
        assert_eq!(again.refusal(), (409, "exists".to_owned()));
        let replaced = admin.put(&format!("{path}&mode=replace"), b"").await;
        assert_eq!(replaced.status, 201);
        assert_eq!(world.dial.tree.lock().unwrap()["/home/new"], b"");
        let nonsense = admin.put(&format!("{path}&mode=append"), b"x").await;
        assert_eq!(nonsense.refusal(), (400, "bad_query".to_owned()));
        let events = world.audit(&admin).await;
        assert!(events.iter().filter(|code| *code == "file.upload").count() >= 3);
    });
}

#[test]
fn a_full_disk_is_told_also_in_the_middle() {
    run(async |world| {
        let (admin, files) = opened(&world).await;
        let large = vec![7_u8; 6_000_000];
        for path in ["/full/a", "/home/too-large"] {
            let answer = admin
                .put(&format!("{files}/content?path={path}"), &large)
                .await;
            assert_eq!(answer.refusal(), (507, "no_space".to_owned()), "{path}");
        }
        assert!(
            !world
                .dial
                .tree
                .lock()
                .unwrap()
                .contains_key("/home/too-large")
        );
    });
}

#[test]
fn an_upload_that_breaks_off_leaves_nothing() {
    run(async |world| {
        let (admin, files) = opened(&world).await;
        let mut stream = TcpStream::connect(admin.address).await.unwrap();
        let head = format!(
            "PUT {files}/content?path=/home/digits&mode=replace HTTP/1.1\r\nhost: {}\r\n\
             origin: http://{}\r\ncookie: {}\r\ncontent-length: 1000000\r\n\r\n",
            admin.address,
            admin.address,
            admin.cookie.as_ref().unwrap()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&vec![1; 200_000]).await.unwrap();
        drop(stream);
        let probe = format!("{files}/content?path=/home/after");
        until("the node serves on", async || {
            admin.put(&probe, b"x").await.status == 201
        })
        .await;
        assert_eq!(
            world.dial.tree.lock().unwrap()["/home/digits"],
            b"0123456789"
        );
    });
}

#[test]
fn trees_are_removed_whole_and_only_when_told() {
    run(async |world| {
        let (admin, files) = opened(&world).await;
        let refused = admin.delete(&format!("{files}?path=/home/sub")).await;
        assert_eq!(refused.refusal(), (409, "not_empty".to_owned()));
        let root = admin
            .delete(&format!("{files}?path=/&recursive=true"))
            .await;
        assert_eq!(root.refusal(), (400, "bad_path".to_owned()));
        let made = admin
            .post(
                &format!("{files}/directory"),
                json!({"path": "/home/sub/deep"}),
            )
            .await;
        assert_eq!(made.status, 201);
        let removed = admin
            .delete(&format!("{files}?path=/home/sub&recursive=true"))
            .await;
        assert_eq!(removed.status, 204);
        let tree = world.dial.tree.lock().unwrap().clone();
        assert!(
            tree.keys().all(|path| !path.starts_with("/home/sub")),
            "{tree:?}"
        );
        let body = json!({"from": "/home/digits", "to": "/home/numbers"});
        assert_eq!(
            admin
                .post(&format!("{files}/rename"), body.clone())
                .await
                .status,
            204
        );
        let again = admin.post(&format!("{files}/rename"), body).await;
        assert_eq!(again.refusal(), (409, "exists".to_owned()));
        let body = json!({"from": "/home/digits", "to": "/home/other"});
        let gone = admin.post(&format!("{files}/rename"), body).await;
        assert_eq!(gone.refusal(), (404, "not_found".to_owned()));
    });
}
